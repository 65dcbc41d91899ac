/* SPDX-License-Identifier: GPL-3.0-or-later */
/* structure/gemmi-shim-private.h: what C sees of gemmi
 *
 * gemmi is C++ and reports by exceptions; none leaves these functions. Those that can fail return 0
 * on success and otherwise one of SwShimFault with a sentence in the caller's buffer (without file
 * name; the caller knows it).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C"
{
#endif

  typedef enum
  {
    SW_SHIM_OK = 0,
    SW_SHIM_FORMAT,  /* the bytes are damaged, or not what they should be */
    SW_SHIM_MEMORY,  /* std::bad_alloc */
    SW_SHIM_OPTIONS, /* no such model or assembly; selection syntax */
    SW_SHIM_TOO_LARGE,
    SW_SHIM_NO_ATOMS, /* a CIF without Cartesian atom sites; the text says what it holds instead */
    SW_SHIM_COORDINATES,
    SW_SHIM_IO,
  } SwShimFault;

#define SW_SHIM_TEXT 512

  typedef struct
  {
    double position[3];
    float occupancy, b_factor;
    char name[8];
    char altloc; /* 0 for none */
    uint8_t element;
    uint8_t hetero;
    uint8_t element_guessed; /* mmCIF without type_symbol: to be guessed by the caller */
  } SwRawAtom;

  typedef struct
  {
    char name[8];
    int32_t number;
    char insertion;
    uint8_t secondary; /* SwSecondary */
    uint32_t atom_first, n_atoms;
  } SwRawResidue;

  typedef struct
  {
    const char *name;
    uint32_t residue_first, n_residues;
  } SwRawChain;

  typedef struct
  {
    size_t model;          /* from 1 */
    const char *assembly;  /* NULL: none */
    const char *selection; /* NULL: all */
    size_t atoms_max;
    double coordinate_max;
  } SwShimOptions;

  /* All pointers live until sw_raw_free. */
  typedef struct
  {
    size_t n_atoms, n_residues, n_chains;
    const SwRawAtom *atoms;
    const SwRawResidue *residues;
    const SwRawChain *chains;
    size_t n_models;       /* mmCIF only; the PDB reader counts for itself */
    size_t n_not_selected; /* atoms that the selection left out */
    size_t n_assemblies;
    const char *const *assembly_names;
    const char *title, *entry_id, *space_group;
    double cell[6];
    bool has_secondary;
    const char *warning; /* parts that could not be read (assemblies, secondary structure), or "" */
    void *owner;
  } SwRaw;

  /* text: what pdb-text.c made of a PDB file. */
  int sw_shim_read_pdb (const char *text,
                        size_t size,
                        const SwShimOptions *options,
                        SwRaw *ret_raw,
                        char message[SW_SHIM_TEXT]);
  int sw_shim_read_mmcif (const char *text,
                          size_t size,
                          const SwShimOptions *options,
                          SwRaw *ret_raw,
                          char message[SW_SHIM_TEXT]);
  void sw_raw_free (SwRaw *raw);

  /* gemmi's tables. Element: by symbol of one or two letters, any case; 0 when there is none,
   * deuterium is 1. */
  unsigned sw_shim_element_find (const char *symbol);
  const char *sw_shim_element_symbol (unsigned number);
  double sw_shim_element_covalent_radius (unsigned number);
  double sw_shim_element_vdw_radius (unsigned number);
  bool sw_shim_element_is_metal (unsigned number);
  /* SwResidueKind of a component name by gemmi's table, and its one-letter code (' ' when none). */
  unsigned sw_shim_residue_kind (const char *name, char *ret_one_letter);

  /* ---- maps ---- */

  typedef struct
  {
    int n[3];        /* along a, b, c */
    int start[3];    /* NSTART along a, b, c */
    int sampling[3]; /* intervals per cell edge */
    double cell[6];
    double orth[3][3]; /* fractional to angstrom */
    double origin[3];  /* ORIGIN words, angstrom */
    const float *data; /* [c,b,a], a fastest */
    void *owner;
  } SwRawMap;

  /* bytes: a whole map in native byte order, its header already checked against its size. */
  int
  sw_shim_read_map (const char *bytes, size_t size, SwRawMap *ret_map, char message[SW_SHIM_TEXT]);
  void sw_raw_map_free (SwRawMap *map);
  /* Writes to path (a temporary name of the caller). n: x y z; grid x fastest. */
  int sw_shim_write_map (const char *path,
                         const float *grid,
                         const size_t n[3],
                         double spacing,
                         const double origin[3],
                         char message[SW_SHIM_TEXT]);

  /* ---- structures out ---- */

  int sw_shim_write_structure (const void *structure, /* const SwStructure * */
                               const float *values,
                               bool mmcif,
                               const char *path,
                               char message[SW_SHIM_TEXT]);

#ifdef __cplusplus
}
#endif
