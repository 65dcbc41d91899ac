/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/network-parse-private.h: what the three files that read a network share
 *
 * network-values.c reads single values from JSON, network-append.c appends primitive layers, network-parse.c turns the
 * entries of the file ("gated", "residual", ...) into calls of both. Each function returns parser->status, which is also the
 * first error; its text names the file and the entry.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "nn/network.h"

#define SW_PARSER_SIZE_MAX 512 /* voxels along an edge */
#define SW_PARSER_COPIES_MAX 4096

typedef struct
{
  SwNetwork *network;
  const char *name;  /* of the file, for messages */
  const char *entry; /* being read, for messages */
  size_t n_allocated;
  SwFieldType type; /* of the last layer */
  unsigned stride;  /* total, after the last layer */
  size_t size;      /* edge after the last layer, sampled engine */
  int last;         /* index of the last layer, -1: the input */
  bool pooled;
  SwError *error;
  SwStatus status;
} SwParser;

/* ---- values (network-values.c); get_: a key that is missing gives the fallback, or is refused where there is none ---- */

SwStatus sw_parser_refuse (SwParser *parser, SwStatus code, const char *format, ...);
/* Every key of the object is one of the given, NULL-terminated names. */
SwStatus sw_parser_check_keys (SwParser *parser, json_t *object, const char *const *allowed);
SwStatus sw_parser_get_string (SwParser *parser, json_t *object, const char *key, const char *fallback, const char **ret);
SwStatus sw_parser_copy_string (SwParser *parser, json_t *object, const char *key, const char *fallback, char *ret, size_t size);
/* fallback < 0: the key must be there. */
SwStatus sw_parser_get_count (SwParser *parser, json_t *object, const char *key, int fallback, unsigned low,
                              unsigned high, unsigned *ret);
/* fallback NAN: the key must be there. */
SwStatus sw_parser_get_number (SwParser *parser, json_t *object, const char *key, double fallback,
                               double low, double high, double *ret);
SwStatus sw_parser_get_bool (SwParser *parser, json_t *object, const char *key, bool fallback, bool *ret);
/* *ret is an index into the NULL-terminated choices; fallback < 0: the key must be there. */
SwStatus sw_parser_get_choice (SwParser *parser, json_t *object, const char *key, int fallback,
                               const char *const *choices, int *ret);
SwStatus sw_parser_check_fields (SwParser *parser, const char *text, SwFieldType *ret);
SwStatus sw_parser_get_fields (SwParser *parser, json_t *object, const char *key, SwFieldType *ret);
SwStatus sw_parser_get_activation (SwParser *parser, json_t *object, const char *key, SwActivation fallback, SwActivation *ret);

/* ---- layers (network-append.c); a layer is called "stage.suffix" and reads the last one ---- */

typedef struct
{
  bool present, fold, affine;
  double momentum, epsilon;
} SwParserNorm;

typedef struct
{
  unsigned kernel, stride, padding;
  SwBasisRule rule;
} SwParserConv;

/* Its type, stride and size are the last one's until changed. NULL: refused. */
SwLayer *sw_parser_append (SwParser *parser, SwLayerKind kind, const char *stage, const char *suffix);
/* Books the parameters and makes the layer's output the last one. */
SwStatus sw_parser_finish (SwParser *parser, SwLayer *layer, size_t n_weights, size_t n_biases);
SwStatus sw_parser_add_batchnorm (SwParser *parser, const SwParserNorm *norm, const char *stage, const char *suffix);
/* With a norm: batch norm before it, folded into it when the norm says so. */
SwStatus sw_parser_add_conv (SwParser *parser, const SwParserConv *conv, const SwParserNorm *norm,
                             const SwFieldType *out, size_t n_gates, const char *stage,
                             const char *norm_suffix, const char *suffix);
SwStatus sw_parser_add_dense (SwParser *parser, const SwParserConv *conv, bool bias, const SwFieldType *out,
                              const char *stage, const char *suffix);
SwStatus sw_parser_add_activation (SwParser *parser, SwActivation act, const char *stage, const char *suffix);
SwStatus sw_parser_add_gate (SwParser *parser, SwActivation act, SwActivation gate_act,
                             const SwFieldType *fields, const char *stage, const char *suffix);
SwStatus sw_parser_add_lowpass (SwParser *parser, double scale, unsigned stride, const char *stage, const char *suffix);
SwStatus sw_parser_add_average (SwParser *parser, unsigned stride, const char *stage, const char *suffix);
SwStatus sw_parser_add_dropout (SwParser *parser, double probability, const char *stage, const char *suffix);
/* Joins the last layer with another one. */
SwStatus sw_parser_add_sum (SwParser *parser, int other, const char *stage);
