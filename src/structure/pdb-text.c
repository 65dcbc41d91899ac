/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "structure/pdb-text-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n.h>

#include "base/memory.h"
#include "structure/elements-private.h"
#include "structure/gemmi-shim-private.h"

#define WIDTH 80

/* ---- lines ---- */

typedef struct
{
  const unsigned char *at, *end;
  size_t number;
} Lines;

/* Line ends are LF, CRLF or CR alone. Returns false at the end. */
static bool
next_line (Lines *lines, const char **ret_line, size_t *ret_length)
{
  const unsigned char *start = lines->at, *stop = start;
  if (start >= lines->end)
    return false;
  while (stop < lines->end && *stop != '\n' && *stop != '\r')
    stop++;
  lines->at = stop;
  if (lines->at < lines->end && *lines->at == '\r')
    lines->at++;
  if (lines->at < lines->end && *lines->at == '\n' && (stop == lines->at || *stop == '\r'))
    lines->at++;
  lines->number++;
  *ret_line = (const char *) start;
  *ret_length = (size_t) (stop - start);
  return true;
}

static bool
is_record (const char *line, size_t length, const char *record)
{
  const size_t n = strlen (record);
  if (length < n || g_ascii_strncasecmp (line, record, n) != 0)
    return false;
  return true;
}

static bool
is_atom (const char *line, size_t length)
{
  return is_record (line, length, "ATOM  ") || is_record (line, length, "HETATM");
}

/* ---- numbers ---- */

typedef enum
{
  NUMBER_GOOD,
  NUMBER_BLANK,
  NUMBER_BAD,
} Number;

/* A decimal number surrounded by spaces, independent of the locale; "nan", "inf" and stars are bad.
 */
static Number
read_number (const char *field, size_t length, double *ret)
{
  size_t i = 0;
  double value = 0, scale = 1;
  bool negative = false;
  int digits = 0;
  while (i < length && (field[i] == ' ' || field[i] == '\t'))
    i++;
  if (i == length)
    return NUMBER_BLANK;
  if (field[i] == '-' || field[i] == '+')
    negative = field[i++] == '-';
  for (; i < length && g_ascii_isdigit (field[i]); i++, digits++)
    value = value * 10 + (field[i] - '0');
  if (i < length && field[i] == '.')
    for (i++; i < length && g_ascii_isdigit (field[i]); i++, digits++)
      {
        scale /= 10;
        value += (field[i] - '0') * scale;
      }
  if (digits > 0 && i < length && (field[i] == 'e' || field[i] == 'E'))
    {
      char copy[32];
      char *end;
      if (length >= sizeof copy)
        return NUMBER_BAD;
      memcpy (copy, field, length);
      copy[length] = '\0';
      value = g_ascii_strtod (copy, &end);
      while (*end == ' ')
        end++;
      *ret = value;
      return *end == '\0' && isfinite (value) ? NUMBER_GOOD : NUMBER_BAD;
    }
  while (i < length && (field[i] == ' ' || field[i] == '\t'))
    i++;
  *ret = negative ? -value : value;
  return digits > 0 && i == length ? NUMBER_GOOD : NUMBER_BAD;
}

/* ---- output ---- */

typedef struct
{
  char *text;
  size_t size, capacity;
} Out;

static bool
put (Out *out, const char *bytes, size_t n)
{
  if (out->size + n + 1 > out->capacity)
    {
      const size_t capacity = MAX (out->capacity * 2, out->size + n + ((size_t) 1 << 16));
      char *larger = sw_alloc (capacity, 1);
      if (larger == NULL)
        return false;
      if (out->size > 0)
        memcpy (larger, out->text, out->size);
      sw_free (out->text);
      out->text = larger;
      out->capacity = capacity;
    }
  memcpy (out->text + out->size, bytes, n);
  out->size += n;
  out->text[out->size] = '\0';
  return true;
}

static bool
put_line (Out *out, const char *line, size_t length)
{
  char padded[WIDTH + 1];
  const size_t n = MIN (length, (size_t) WIDTH);
  memset (padded, ' ', WIDTH);
  for (size_t i = 0; i < n; i++)
    padded[i] = line[i] == '\0' || line[i] == '\t' ? ' ' : line[i];
  padded[WIDTH] = '\n';
  return put (out, padded, sizeof padded);
}

/* ---- repeated copies: a set of 64-bit hashes ---- */

typedef struct
{
  uint64_t *slots;
  size_t n_slots, n_used;
} Set;

static bool set_add (Set *set, uint64_t hash, bool *ret_new);

static bool
set_grow (Set *set)
{
  Set larger = { SW_NEW0 (uint64_t, MAX (set->n_slots * 2, (size_t) 4096)),
                 MAX (set->n_slots * 2, (size_t) 4096), 0 };
  bool fresh;
  if (larger.slots == NULL)
    return false;
  for (size_t i = 0; i < set->n_slots; i++)
    if (set->slots[i] != 0)
      (void) set_add (&larger, set->slots[i], &fresh);
  sw_free (set->slots);
  *set = larger;
  return true;
}

static bool
set_add (Set *set, uint64_t hash, bool *ret_new)
{
  size_t at;
  hash |= 1;
  if (2 * set->n_used >= set->n_slots && !set_grow (set))
    return false;
  for (at = (hash >> 8) & (set->n_slots - 1); set->slots[at] != 0;
       at = (at + 1) & (set->n_slots - 1))
    if (set->slots[at] == hash)
      {
        *ret_new = false;
        return true;
      }
  set->slots[at] = hash;
  set->n_used++;
  *ret_new = true;
  return true;
}

static uint64_t
hash_bytes (uint64_t hash, const char *bytes, size_t n)
{
  for (size_t i = 0; i < n; i++)
    hash = (hash ^ (unsigned char) bytes[i]) * 0x100000001b3ull;
  return hash ^ (hash >> 29);
}

/* ---- dialects ---- */

/* Splits at white space; returns the number of fields, at most max. */
static size_t
split (const char *line, size_t length, size_t max, const char **fields, size_t *lengths)
{
  size_t n = 0, i = 0;
  while (n < max)
    {
      while (i < length && (line[i] == ' ' || line[i] == '\t'))
        i++;
      if (i == length)
        break;
      fields[n] = line + i;
      while (i < length && line[i] != ' ' && line[i] != '\t')
        i++;
      lengths[n] = (size_t) (line + i - fields[n]);
      n++;
    }
  return n;
}

/* A PQR atom: ATOM serial name residue [chain] number x y z charge radius. Fills a line of PDB
 * columns. */
static bool
pqr_to_columns (const char *line, size_t length, char columns[WIDTH])
{
  const char *f[12];
  size_t n[12];
  double value;
  char number[16];
  const size_t count = split (line, length, 12, f, n);
  const size_t first = count - 5; /* of x y z charge radius */
  if (count != 10 && count != 11)
    return false;
  memset (columns, ' ', WIDTH);
  memcpy (columns, line, 6);
  for (size_t i = 0; i < 3; i++)
    {
      if (read_number (f[first + i], n[first + i], &value) != NUMBER_GOOD
          || fabs (value) > 9999.999)
        return false;
      g_snprintf (number, sizeof number, "%8s", "");
      g_ascii_formatd (number, sizeof number, "%.3f", value);
      if (strlen (number) > 8)
        g_ascii_formatd (number, sizeof number, "%.2f", value);
      memcpy (columns + 30 + 8 * i + 8 - strlen (number), number, strlen (number));
    }
  if (read_number (f[first + 4], n[first + 4], &value) != NUMBER_GOOD)
    return false;
  if (n[2] >= 4)
    memcpy (columns + 12, f[2], 4);
  else
    memcpy (columns + 13, f[2], n[2]);
  memcpy (columns + 17, f[3], MIN (n[3], (size_t) 3));
  if (count == 11)
    columns[21] = f[4][0];
  /* The number may carry an insertion code. */
  {
    size_t digits = n[first - 1];
    if (digits > 1 && g_ascii_isalpha (f[first - 1][digits - 1]))
      columns[26] = f[first - 1][--digits];
    if (digits <= 4)
      memcpy (columns + 26 - digits, f[first - 1], digits);
  }
  memcpy (columns + 54, "  1.00  0.00", 12);
  return true;
}

/* AutoDock's atom types, where they are not elements. */
static unsigned
pdbqt_element (const char *type)
{
  static const struct
  {
    const char *type;
    unsigned element;
  } table[] = {
    { "A", 6 },  { "HD", 1 },  { "HS", 1 }, { "OA", 8 }, { "OS", 8 }, { "NA", 7 },
    { "NS", 7 }, { "SA", 16 }, { "G", 6 },  { "J", 6 },  { "Q", 6 },  { "Z", 6 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (table); i++)
    if (strcmp (type, table[i].type) == 0)
      return table[i].element;
  return sw_shim_element_find (type);
}

bool
sw_pdb_text_looks_like (const unsigned char *bytes, size_t size)
{
  Lines lines = { bytes, bytes + size, 0 };
  const char *line;
  size_t length;
  int n_header = 0;
  while (next_line (&lines, &line, &length))
    {
      static const char *const records[]
          = { "HEADER    ", "TITLE     ", "COMPND    ", "REMARK",     "CRYST1 ",   "SEQRES ",
              "MODEL    ",  "HELIX  ",    "AUTHOR    ", "EXPDTA    ", "ORIGX1    " };
      if (is_atom (line, length) && length >= 30)
        return true;
      for (size_t i = 0; i < G_N_ELEMENTS (records); i++)
        n_header += is_record (line, length, records[i]) ? (lines.number == 1 ? 2 : 1) : 0;
    }
  return n_header >= 2;
}

/* ---- the pass ---- */

typedef struct
{
  SwPdbText *result;
  const char *name;
  size_t wanted;
  Out out;
  Set seen;
  unsigned copy;
  char residue[16]; /* columns 18 to 27 and the chain, of the line before */
  bool in_model, ended;
} Pass;

static bool
fail_line (const Pass *pass, size_t line, const char *text, GError **error)
{
  g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_COORDINATES,
               /* Translators: a file name, a line number, what is wrong there */
               _ ("%s, line %zu: %s"), pass->name, line, text);
  return false;
}

static bool
fail_memory (const Pass *pass, GError **error)
{
  g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_TOO_LARGE,
               _ ("Not enough memory to read %s"), pass->name);
  return false;
}

/* Puts the element into columns 77 and 78. */
static void
settle_element (Pass *pass, char columns[WIDTH], size_t length)
{
  char residue[4] = { columns[17], columns[18], columns[19], '\0' };
  char field[3] = { columns[76], columns[77], '\0' };
  const char *name = columns + 12;
  unsigned element = 0;
  const char *symbol;
  g_strstrip (residue);
  g_strstrip (field);
  if (pass->result->pdbqt)
    {
      char type[4] = "";
      size_t n = 0;
      for (size_t i = 76; i < MIN (length, (size_t) 80) && n < 3; i++)
        if (g_ascii_isalnum (columns[i]))
          type[n++] = columns[i];
      element = pdbqt_element (type);
    }
  else if (field[0] != '\0' && g_ascii_isalpha (field[0]))
    element = sw_shim_element_find (field);
  if (element != 0 && !sw_element_fits_polymer (element) && strcmp (residue, "UNK") != 0
      && sw_residue_kind (residue, NULL) != SW_RESIDUE_OTHER
      && sw_residue_kind (residue, NULL) != SW_RESIDUE_WATER)
    {
      const unsigned guess = sw_element_guess (name, true, residue);
      if (guess != 0)
        {
          element = guess;
          pass->result->n_corrected++;
        }
    }
  if (element == 0)
    {
      element = sw_element_guess (name, true, residue);
      if (element != 0)
        pass->result->n_guessed++;
      else
        pass->result->n_unknown++;
    }
  symbol = element == 0 ? "X" : sw_shim_element_symbol (element);
  columns[76] = symbol[1] == '\0' ? ' ' : symbol[0];
  columns[77] = symbol[1] == '\0' ? symbol[0] : symbol[1];
  columns[78] = columns[79] = ' ';
}

/* Residue names of four letters run into the chain column in CHARMM's files. */
static void
settle_long_residue (char columns[WIDTH])
{
  static const char *const names[] = { "TIP3", "TIP4", "TIP5", "SPCE", "POPC", "POPE", "POPS",
                                       "DPPC", "DMPC", "DOPC", "CHL1", "HISA", "HISB", "HISH" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strncasecmp (columns + 17, names[i], 4) == 0)
      columns[20] = ' ';
}

static bool
mark_copy (Pass *pass, char columns[WIDTH])
{
  char residue[16];
  uint64_t hash;
  bool fresh;
  memcpy (residue, columns + 17, 10);
  memcpy (residue + 10, columns + 72, 4);
  hash = hash_bytes (0xcbf29ce484222325ull + pass->copy, residue, 14);
  hash = hash_bytes (hash, columns + 12, 5);
  if (!set_add (&pass->seen, hash, &fresh))
    return false;
  /* Only at the start of a residue: a name twice inside one is an oddity of that residue, not a new
   * copy. */
  if (!fresh && memcmp (residue, pass->residue, 14) != 0)
    {
      pass->copy++;
      pass->result->n_copies++;
      hash = hash_bytes (0xcbf29ce484222325ull + pass->copy, residue, 14);
      hash = hash_bytes (hash, columns + 12, 5);
      if (!set_add (&pass->seen, hash, &fresh))
        return false;
    }
  memcpy (pass->residue, residue, 14);
  if (pass->copy > 0)
    {
      static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
      columns[72] = '~';
      columns[73] = digits[pass->copy / 1296 % 36];
      columns[74] = digits[pass->copy / 36 % 36];
      columns[75] = digits[pass->copy % 36];
    }
  return true;
}

static bool
handle_atom (Pass *pass, const Lines *lines, const char *line, size_t length, GError **error)
{
  char columns[WIDTH];
  double value;
  const bool last = lines->at >= lines->end;
  const size_t n = MIN (length, (size_t) WIDTH);

  if (pass->result->pqr)
    {
      if (!pqr_to_columns (line, length, columns))
        {
          if (last)
            {
              pass->result->cut_line = lines->number;
              return put_line (&pass->out, "", 0) || fail_memory (pass, error);
            }
          return fail_line (pass, lines->number, _ ("this PQR atom has no readable coordinates"),
                            error);
        }
    }
  else
    {
      memset (columns, ' ', WIDTH);
      for (size_t i = 0; i < n; i++)
        columns[i] = g_ascii_iscntrl (line[i]) ? ' ' : line[i];
    }
  for (int i = 0; i < 3; i++)
    {
      const Number number = read_number (columns + 30 + 8 * i, 8, &value);
      if (number == NUMBER_GOOD && fabs (value) <= SW_COORDINATE_MAX)
        continue;
      /* A download that broke off ends in the middle of a line. */
      if (number != NUMBER_GOOD && last)
        {
          pass->result->cut_line = lines->number;
          return put_line (&pass->out, "", 0) || fail_memory (pass, error);
        }
      return fail_line (pass, lines->number,
                        number == NUMBER_BLANK ? _ ("a coordinate is missing")
                        : number == NUMBER_BAD ? _ ("a coordinate is not a number")
                                               : _ ("a coordinate is impossibly large"),
                        error);
    }
  if (!pass->result->pqr && last && length < 54)
    {
      pass->result->cut_line = lines->number;
      return put_line (&pass->out, "", 0) || fail_memory (pass, error);
    }
  if (strncmp (columns + 17, "DUM", 3) == 0)
    {
      pass->result->n_dummies++;
      return put_line (&pass->out, "", 0) || fail_memory (pass, error);
    }
  settle_long_residue (columns);
  settle_element (pass, columns, n);
  memcpy (columns, is_record (line, length, "ATOM") ? "ATOM  " : "HETATM", 6);
  memcpy (columns + 6, "    0 ", 6);
  if (read_number (columns + 54, 6, &value) != NUMBER_GOOD)
    memcpy (columns + 54, "  1.00", 6);
  if (read_number (columns + 60, 6, &value) != NUMBER_GOOD)
    memcpy (columns + 60, "  0.00", 6);
  /* Charges there would be taken for segments. */
  if (pass->result->pqr || pass->result->pdbqt)
    memset (columns + 66, ' ', 10);
  if (!mark_copy (pass, columns))
    return fail_memory (pass, error);
  pass->result->n_atoms++;
  return put_line (&pass->out, columns, WIDTH) || fail_memory (pass, error);
}

static void
read_cell (SwPdbText *result, const char *line, size_t length)
{
  static const size_t starts[] = { 6, 15, 24, 33, 40, 47 }, widths[] = { 9, 9, 9, 7, 7, 7 };
  double cell[6];
  for (size_t i = 0; i < 6; i++)
    if (starts[i] + widths[i] > length
        || read_number (line + starts[i], widths[i], &cell[i]) != NUMBER_GOOD || !(cell[i] > 0))
      return;
  /* 1 1 1 90 90 90 is written where there is no crystal. */
  if (cell[0] <= 1 && cell[1] <= 1 && cell[2] <= 1)
    return;
  memcpy (result->cell, cell, sizeof cell);
  result->has_cell = true;
  if (length > 55)
    {
      const size_t n = MIN (length - 55, (size_t) 11);
      memcpy (result->space_group, line + 55, n);
      result->space_group[n] = '\0';
      g_strstrip (result->space_group);
    }
}

/* PQR and PDBQT look like PDB at first sight. */
static void
find_dialect (SwPdbText *result, const unsigned char *bytes, size_t size)
{
  Lines lines = { bytes, bytes + size, 0 };
  const char *line;
  size_t length, n_atoms = 0, n_types = 0, n_pqr = 0;
  double value;
  bool says_pqr = false;
  while (n_atoms < 200 && next_line (&lines, &line, &length))
    {
      char columns[WIDTH];
      if (is_record (line, length, "REMARK")
          && g_strstr_len (line, (gssize) MIN (length, (size_t) 120), "PQR") != NULL)
        says_pqr = true;
      if (!is_atom (line, length))
        continue;
      n_atoms++;
      n_pqr += pqr_to_columns (line, length, columns);
      /* Partial charge in columns 71 to 76, type from 78. */
      if (length >= 78 && length <= 80 && line[76] == ' '
          && read_number (line + 68, 8, &value) == NUMBER_GOOD
          && strchr (line[70] == ' ' ? line + 71 : line + 70, '.') != NULL
          && g_ascii_isalpha (line[77]))
        n_types++;
    }
  result->pqr = n_atoms > 0 && n_pqr == n_atoms && says_pqr;
  result->pdbqt = n_atoms > 0 && n_types == n_atoms;
  if (result->pqr || n_pqr != n_atoms || n_atoms == 0)
    return;
  /* Without the word: PQR when the columns of PDB give no numbers. */
  lines = (Lines){ bytes, bytes + size, 0 };
  while (next_line (&lines, &line, &length))
    if (is_atom (line, length))
      {
        for (int i = 0; i < 3; i++)
          if (length < 54 || read_number (line + 30 + 8 * i, 8, &value) != NUMBER_GOOD)
            result->pqr = true;
        break;
      }
}

static bool
handle_line (Pass *pass, const Lines *lines, const char *line, size_t length, GError **error)
{
  SwPdbText *result = pass->result;
  bool keep = false;
  if (is_atom (line, length))
    {
      if (pass->ended)
        {
          result->n_after_end++;
          return put (&pass->out, "\n", 1) || fail_memory (pass, error);
        }
      if (!pass->in_model)
        {
          result->n_models++;
          pass->in_model = true;
        }
      if (result->n_models == pass->wanted)
        return handle_atom (pass, lines, line, length, error);
    }
  else if (pass->ended)
    keep = false;
  else if (is_record (line, length, "MODEL ") || (length == 5 && is_record (line, length, "MODEL")))
    {
      result->n_unclosed_models += pass->in_model;
      result->n_models++;
      pass->in_model = true;
    }
  else if (is_record (line, length, "ENDMDL"))
    pass->in_model = false;
  else if (is_record (line, length, "TER"))
    {
      /* Chains without a name are told apart by TER alone. */
      if (pass->residue[0] != '\0' && pass->residue[4] == ' ' && pass->residue[3] == ' ')
        pass->copy++;
    }
  else if (is_record (line, length, "CRYST1"))
    read_cell (result, line, length);
  else if (is_record (line, length, "END") && (length == 3 || line[3] == ' '))
    pass->ended = true;
  else
    keep = is_record (line, length, "HEADER") || is_record (line, length, "TITLE ")
           || is_record (line, length, "REMARK 350") || is_record (line, length, "HELIX ")
           || is_record (line, length, "SHEET ");
  return (keep ? put_line (&pass->out, line, length) : put (&pass->out, "\n", 1))
         || fail_memory (pass, error);
}

bool
sw_pdb_text_read (const unsigned char *bytes,
                  size_t size,
                  const char *name,
                  size_t model,
                  SwPdbText *ret,
                  GError **error)
{
  SwPdbText result = { 0 };
  Pass pass = { .result = &result, .name = name, .wanted = model };
  Lines lines = { bytes, bytes + size, 0 };
  const char *line;
  size_t length;
  bool good = true;

  if (size >= 3 && memcmp (bytes, "\xef\xbb\xbf", 3) == 0)
    lines.at += 3;
  find_dialect (&result, lines.at, (size_t) (lines.end - lines.at));
  while (good && next_line (&lines, &line, &length))
    good = handle_line (&pass, &lines, line, length, error);
  sw_free (pass.seen.slots);
  if (good && pass.out.text == NULL)
    good = put (&pass.out, "\n", 1) || fail_memory (&pass, error);
  if (good && result.n_models > 0 && model > result.n_models)
    {
      g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_OPTIONS,
                   /* Translators: a file name and two numbers */
                   g_dngettext (NULL, "%s: model %zu was asked for, but there is only %zu",
                                "%s: model %zu was asked for, but there are only %zu",
                                result.n_models),
                   name, model, result.n_models);
      good = false;
    }
  if (!good)
    {
      sw_free (pass.out.text);
      return false;
    }
  result.text = pass.out.text;
  result.size = pass.out.size;
  *ret = result;
  return true;
}

void
sw_pdb_text_clear (SwPdbText *text)
{
  sw_free (text->text);
  *text = (SwPdbText){ 0 };
}
