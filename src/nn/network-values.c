/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of a network file: each is checked for its kind and range. */
#include "nn/network-parse-private.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

SwStatus
sw_parser_refuse (SwParser *parser, SwStatus code, const char *format, ...)
{
  char text[600];
  va_list args;
  va_start (args, format);
  vsnprintf (text, sizeof text, format, args);
  va_end (args);
  parser->status = parser->entry != NULL
                       ? sw_error_set (parser->error, code, "%s: \"%s\": %s", parser->name, parser->entry, text)
                       : sw_error_set (parser->error, code, "%s: %s", parser->name, text);
  return parser->status;
}

SwStatus
sw_parser_check_keys (SwParser *parser, json_t *object, const char *const *allowed)
{
  const char *key;
  json_t *value;
  json_object_foreach (object, key, value)
    {
      bool known = false;
      for (size_t i = 0; allowed[i] != NULL && !known; i++)
        known = strcmp (allowed[i], key) == 0;
      if (!known)
        return sw_parser_refuse (parser, SW_ERROR_INVALID, "the key \"%.80s\" is not known here", key);
    }
  return SW_OK;
}

SwStatus
sw_parser_get_string (SwParser *parser, json_t *object, const char *key, const char *fallback, const char **ret)
{
  json_t *value = json_object_get (object, key);
  if (value == NULL && fallback != NULL)
    {
      *ret = fallback;
      return SW_OK;
    }
  if (value == NULL)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"%s\" is missing", key);
  if (!json_is_string (value))
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"%s\" is not a text", key);
  *ret = json_string_value (value);
  return SW_OK;
}

SwStatus
sw_parser_copy_string (SwParser *parser, json_t *object, const char *key, const char *fallback, char *ret, size_t size)
{
  const char *text = NULL;
  const SwStatus status = sw_parser_get_string (parser, object, key, fallback, &text);
  if (status != SW_OK)
    return status;
  if (strlen (text) >= size)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"%s\" has more than %zu characters", key, size - 1);
  strcpy (ret, text);
  return SW_OK;
}

SwStatus
sw_parser_get_count (SwParser *parser, json_t *object, const char *key, int fallback, unsigned low, unsigned high, unsigned *ret)
{
  json_t *value = json_object_get (object, key);
  json_int_t number;
  if (value == NULL && fallback >= 0)
    {
      *ret = (unsigned) fallback;
      return SW_OK;
    }
  if (value == NULL)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"%s\" is missing", key);
  if (!json_is_integer (value))
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"%s\" is not a whole number", key);
  number = json_integer_value (value);
  if (number < (json_int_t) low || number > (json_int_t) high)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"%s\" is %lld; it must lie between %u and %u", key, (long long) number, low, high);
  *ret = (unsigned) number;
  return SW_OK;
}

SwStatus
sw_parser_get_number (SwParser *parser, json_t *object, const char *key, double fallback, double low, double high, double *ret)
{
  json_t *value = json_object_get (object, key);
  double number;
  if (value == NULL && !isnan (fallback))
    {
      *ret = fallback;
      return SW_OK;
    }
  if (value == NULL)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"%s\" is missing", key);
  if (!json_is_number (value))
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"%s\" is not a number", key);
  number = json_number_value (value);
  if (!(number >= low && number <= high))
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"%s\" is %g; it must lie between %g and %g", key, number, low, high);
  *ret = number;
  return SW_OK;
}

SwStatus
sw_parser_get_bool (SwParser *parser, json_t *object, const char *key, bool fallback, bool *ret)
{
  json_t *value = json_object_get (object, key);
  if (value != NULL && !json_is_boolean (value))
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"%s\" is neither true nor false", key);
  *ret = value != NULL ? json_is_true (value) : fallback;
  return SW_OK;
}

SwStatus
sw_parser_get_choice (SwParser *parser, json_t *object, const char *key, int fallback, const char *const *choices, int *ret)
{
  const char *text = NULL;
  json_t *value = json_object_get (object, key);
  char all[200] = "";
  if (value == NULL && fallback >= 0)
    {
      *ret = fallback;
      return SW_OK;
    }
  if (sw_parser_get_string (parser, object, key, NULL, &text) != SW_OK)
    return parser->status;
  for (int i = 0; choices[i] != NULL; i++)
    {
      if (strcmp (choices[i], text) == 0)
        {
          *ret = i;
          return SW_OK;
        }
      snprintf (all + strlen (all), sizeof all - strlen (all), "%s%s", i > 0 ? ", " : "", choices[i]);
    }
  return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"%s\" is \"%.60s\"; it must be one of %s", key, text, all);
}

SwStatus
sw_parser_check_fields (SwParser *parser, const char *text, SwFieldType *ret)
{
  SwError own = { 0 };
  if (sw_field_type_parse (text, ret, &own) != SW_OK)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "%s", own.text);
  if (ret->n_parts == 0 || sw_field_type_copies (ret) > SW_PARSER_COPIES_MAX)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "a field type has 1 to %d copies; \"%.60s\" has %zu", SW_PARSER_COPIES_MAX, text,
                   sw_field_type_copies (ret));
  return SW_OK;
}

SwStatus
sw_parser_get_fields (SwParser *parser, json_t *object, const char *key, SwFieldType *ret)
{
  const char *text = NULL;
  if (sw_parser_get_string (parser, object, key, NULL, &text) != SW_OK)
    return parser->status;
  return sw_parser_check_fields (parser, text, ret);
}

static const char *const act_names[] = { "none", "relu", "sigmoid", "tanh", "softplus", "elu", NULL };

SwStatus
sw_parser_get_activation (SwParser *parser, json_t *object, const char *key, SwActivation fallback, SwActivation *ret)
{
  int choice;
  if (sw_parser_get_choice (parser, object, key, (int) fallback, act_names, &choice) != SW_OK)
    return parser->status;
  *ret = (SwActivation) choice;
  return SW_OK;
}
