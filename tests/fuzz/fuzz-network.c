/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>

#include "nn/network.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  SwNetwork *network = NULL;
  SwError error = { 0 };

  if (sw_network_parse ((const char *) data, size, "fuzz.json", &network, &error) == SW_OK)
    {
      /* inputs come before what uses them; parameters lie inside */
      for (size_t i = 0; i < network->n_layers; i++)
        {
          const SwLayer *layer = network->layers + i;
          if (layer->input[0] >= (int) i
              || layer->weight_offset + layer->n_weights > network->n_parameters
              || layer->bias_offset + layer->n_biases > network->n_parameters)
            abort ();
        }
      sw_network_unref (network);
    }
  else if (error.text[0] == '\0')
    abort ();
  return 0;
}
