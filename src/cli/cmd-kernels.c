/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/cli.h"
#include "workbench/kernel-study.h"
#include "workbench/report.h"

/* |K(Rx) - D K D^-1| / |K| of each element, as printed and as an array. */
static json_t *
turn (const SwKernels *kernels, gboolean print, GError **error)
{
  json_t *errors = json_array ();
  const SwBasisSpec *spec = &kernels->spec;

  if (print)
    /* Translators: head of a table; K is a kernel, D a Wigner matrix, R a rotation. Keep the widths. */
    printf ("%s\n%5s %3s  %12s  %12s  %12s\n", _ ("turned: |K(Rx) - D K D^-1| / |K|"), _ ("shell"), "J", _ ("cube"), _ ("random"),
            _ ("continuous"));
  for (size_t i = 0; i < spec->n_elements; i++)
    {
      SwKernelChoice choice;
      g_autoptr (SwKernelStudy) study = NULL;
      if (sw_kernel_choice_basis (spec->l_out, spec->l_in, spec->size, spec->rule, kernels->kind, i, NULL, &choice, error))
        study = sw_kernel_study_new (&choice, error);
      if (study == NULL)
        {
          json_decref (errors);
          return NULL;
        }
      json_array_append_new (errors,
                             json_pack ("{s:f,s:f,s:f}", "cube", study->sampled_errors.cube, "random", study->sampled_errors.random,
                                        "continuous", study->continuous_errors.random));
      if (print)
        printf ("%5u %3u  %12.2e  %12.2e  %12.2e\n", spec->elements[i].shell, spec->elements[i].j, study->sampled_errors.cube,
                study->sampled_errors.random, study->continuous_errors.random);
    }
  return errors;
}

int
sw_command_kernels (char **arguments)
{
  g_auto (SwCliOptions) options = { 0 };
  int l_in = -1, l_out = -1, size = 5, status;
  g_autofree char *rule = NULL, *basis = NULL, *output = NULL;
  const GOptionEntry entries[] = {
    { "in", 0, 0, G_OPTION_ARG_INT, &l_in, N_ ("Order of the input field"), "L" },
    { "out", 0, 0, G_OPTION_ARG_INT, &l_out, N_ ("Order of the output field"), "L" },
    { "size", 0, 0, G_OPTION_ARG_INT, &size, N_ ("Edge of the kernel: 1, 3, 5, 7 or 9"), "K" },
    { "rule", 0, 0, G_OPTION_ARG_STRING, &rule,
      N_ ("Limit of J by shell: compromise, conservative or sfcnn"), "RULE" },
    { "basis", 0, 0, G_OPTION_ARG_STRING, &basis, N_ ("sampled (the paper) or projected"),
      "WHICH" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_ ("File to write: .npy or .npz"),
      "FILE" },
    { NULL },
  };
  SwKernelRequest request = { 0 };
  g_autoptr (SwKernels) kernels = NULL;
  g_autoptr (GError) error = NULL;
  SwError plain = { 0 };

  if (!sw_cli_parse (&options, arguments, NULL,
                     _ ("Writes the basis of steerable kernels between two orders, and turns each of them."), entries, 0,
                     &status))
    return status;
  if (l_in < 0 || l_out < 0 || size < 1)
    return sw_cli_fail (SW_EXIT_USAGE,
                        _ ("--in and --out want an order from 0 to 6, --size an odd number"));
  if (rule != NULL && sw_basis_rule_parse (rule, &request.rule, &plain) != SW_OK)
    return sw_cli_fail (SW_EXIT_USAGE,
                        _ ("--rule wants compromise, conservative or sfcnn, not “%s”"), rule);
  if (basis != NULL && !g_str_equal (basis, "sampled") && !g_str_equal (basis, "projected"))
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--basis wants sampled or projected, not “%s”"), basis);
  request.l_in = (unsigned) l_in;
  request.l_out = (unsigned) l_out;
  request.size = (unsigned) size;
  request.kind = g_strcmp0 (basis, "projected") == 0 ? SW_BASIS_PROJECTED : SW_BASIS_SAMPLED;
  kernels = sw_kernels_new (&request, &error);
  if (kernels == NULL || (output != NULL && !sw_export_kernels (kernels, output, &error)))
    return sw_cli_fail_error (error);
  json_t *errors = turn (kernels, !options.json, &error);
  if (errors == NULL)
    return sw_cli_fail_error (error);
  if (options.json)
    {
      json_t *summary = sw_kernels_to_json (kernels);
      json_object_set_new (summary, "turned", errors);
      sw_cli_print_json (summary);
      return 0;
    }
  json_decref (errors);
  if (output != NULL)
    printf (ngettext ("%zu kernel written to %s\n", "%zu kernels written to %s\n", kernels->spec.n_elements),
            kernels->spec.n_elements, output);
  return 0;
}
