/* SPDX-License-Identifier: GPL-3.0-or-later */
/* structure/structure.h: a molecule, read once and never changed
 *
 * sw_structure_load recognises PDB and mmCIF/PDBx by content (gzipped or not), lets gemmi parse
 * them, applies the choices of SwLoadOptions and hands out arrays. A loaded structure is immutable
 * and may be shared between threads; sw_structure_ref and _unref are atomic. What was read, dropped
 * and guessed stands in its report.
 *
 * Positions are in angstrom, in the frame of the file, x y z. Atoms of a residue and residues of a
 * chain are contiguous and in the order of the file.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/* ---- errors
 * ------------------------------------------------------------------------------------------- */

#define SW_STRUCTURE_ERROR (sw_structure_error_quark ())
GQuark sw_structure_error_quark (void);

/* Every message names the file and the cause, and the line where one is known. */
typedef enum
{
  SW_STRUCTURE_ERROR_IO,          /* cannot be read or written: folder, permission, ... */
  SW_STRUCTURE_ERROR_FORMAT,      /* damaged, or no structure at all */
  SW_STRUCTURE_ERROR_UNSUPPORTED, /* another format, recognised and named */
  SW_STRUCTURE_ERROR_TOO_LARGE,   /* over the documented limits, or more than the memory there is */
  SW_STRUCTURE_ERROR_EMPTY,       /* no atoms, or none left after the options */
  SW_STRUCTURE_ERROR_COORDINATES, /* not a number, infinite, or beyond SW_COORDINATE_MAX */
  SW_STRUCTURE_ERROR_OPTIONS,     /* no such model, assembly; wrong selection syntax */
} SwStructureError;

/* Files larger than this, packed or unpacked, are refused before they are read in. */
#define SW_STRUCTURE_BYTES_MAX ((size_t) 512 << 20)
/* Atoms, counted after an assembly is built. */
#define SW_STRUCTURE_ATOMS_MAX ((size_t) 5000000)
/* angstrom; 10 micrometres. */
#define SW_COORDINATE_MAX 1e5

/* ---- choices
 * ------------------------------------------------------------------------------------------ */

typedef enum
{
  SW_ALTLOC_HIGHEST, /* per residue the location of highest mean occupancy, the first on a tie; an
                        atom that has only others keeps its best */
  SW_ALTLOC_FIRST,   /* the same with the first of each residue */
  SW_ALTLOC_ALL,
  SW_ALTLOC_LETTER, /* those with altloc_letter, and those without any */
} SwAltlocPolicy;

/* All zero is the default: first model, highest occupancy, no hydrogens, no waters, ligands,
 * asymmetric unit, everything. What is drawn is what is voxelised: one choice serves both. */
typedef struct
{
  size_t model; /* 1 is the first of the file; 0 means 1 */
  SwAltlocPolicy altloc;
  char altloc_letter;
  bool hydrogens;       /* keep hydrogen and deuterium */
  bool waters;          /* keep water; a file of nothing but water keeps it anyway and says so */
  bool no_ligands;      /* leave out what is neither polymer nor water */
  const char *assembly; /* a name out of assembly_names; NULL or "" is the asymmetric unit (the
                           file's own atoms) */
  /* gemmi::Selection (MMDB syntax), e.g. "A", "//A,B/10-40/CA[C]", "(!HOH)", ";polymer"; or a domain in
   * ranges of residues, e.g. "A:10-120,150-180,B:". Works on the names of the file, before the assembly is built. NULL
   * or "" is everything. */
  const char *selection;
} SwLoadOptions;

/* ---- the report
 * --------------------------------------------------------------------------------------- */

typedef enum
{
  SW_REPORT_READ,    /* what there was */
  SW_REPORT_DROPPED, /* count atoms (or lines) left out, by choice or because unusable */
  SW_REPORT_GUESSED, /* not in the file; count tells how many */
  SW_REPORT_WARNING, /* something is odd */
} SwReportLevel;

typedef struct
{
  SwReportLevel level;
  const char *code; /* for programs: "format", "models", "altlocs", "hydrogens", "waters",
                       "elements", ...; README.md lists them */
  size_t count;
  const char *text; /* one translated sentence for a person */
} SwReportItem;

typedef struct
{
  size_t n_items;
  const SwReportItem *items;
} SwLoadReport;

/* ---- the structure
 * ------------------------------------------------------------------------------------ */

enum
{
  SW_ATOM_HETERO = 1 << 0,   /* HETATM */
  SW_ATOM_HYDROGEN = 1 << 1, /* hydrogen or deuterium */
  SW_ATOM_WATER = 1 << 2,
  SW_ATOM_POLYMER = 1 << 3,  /* of an amino acid or nucleotide residue */
  SW_ATOM_LIGAND = 1 << 4,   /* neither polymer nor water */
  SW_ATOM_CA = 1 << 5,       /* C-alpha of an amino acid; one per residue and alternate location */
  SW_ATOM_BACKBONE = 1 << 6, /* N CA C O OXT, or sugar and phosphate */
  SW_ATOM_ELEMENT_GUESSED = 1 << 7,
};

typedef enum
{
  SW_RESIDUE_OTHER,
  SW_RESIDUE_AMINO_ACID,
  SW_RESIDUE_NUCLEOTIDE,
  SW_RESIDUE_WATER,
} SwResidueKind;

typedef enum
{
  SW_SECONDARY_NONE, /* coil, or not known */
  SW_SECONDARY_HELIX,
  SW_SECONDARY_STRAND,
} SwSecondary;

typedef enum
{
  SW_SECONDARY_SOURCE_NONE,
  SW_SECONDARY_SOURCE_FILE,     /* HELIX/SHEET, _struct_conf, _struct_sheet_range */
  SW_SECONDARY_SOURCE_COMPUTED, /* from the C-alpha trace (secondary.c) */
} SwSecondarySource;

typedef struct
{
  char name[8];      /* component name, zero terminated */
  int32_t number;    /* author's residue number */
  char insertion;    /* insertion code or ' ' */
  uint8_t kind;      /* SwResidueKind */
  uint8_t secondary; /* SwSecondary */
  char one_letter;   /* 'A' ... , 'X' for unknown amino acids; ' ' for others */
  uint32_t chain;
  uint32_t atom_first, n_atoms;
  int64_t ca; /* index of the C-alpha, or of P / C1' of a nucleotide; -1 when there is none */
} SwResidue;

typedef struct
{
  const char *name;
  uint32_t residue_first, n_residues;
  uint32_t atom_first, n_atoms;
  uint32_t n_amino_acids, n_nucleotides;
} SwChain;

typedef char SwAtomName[8];

typedef struct
{
  size_t n_atoms;
  const double (*positions)[3]; /* [n_atoms], angstrom */
  const uint8_t *elements;      /* [n_atoms], atomic number; 0 when unknown */
  const SwAtomName *atom_names; /* [n_atoms], zero terminated */
  const uint32_t *residue_of;   /* [n_atoms] */
  const char *altlocs;          /* [n_atoms], 0 for none */
  const float *occupancies;     /* [n_atoms] */
  const float *b_factors;       /* [n_atoms], angstrom^2 (or what the file keeps there) */
  const uint16_t *flags;        /* [n_atoms], SW_ATOM_... */

  size_t n_residues;
  const SwResidue *residues;
  size_t n_chains;
  const SwChain *chains;

  size_t n_bonds;
  const uint32_t (*bonds)[2]; /* [n_bonds], atom indices, first < second, sorted */

  const char *path;     /* as given; "" when read from memory */
  const char *entry_id; /* "1CRN" or "" */
  const char *title;    /* or "" */
  const char *format;   /* "PDB" or "mmCIF" */
  double cell[6]; /* a b c (angstrom) alpha beta gamma (degrees); all zero when there is none */
  const char *space_group; /* or "" */
  size_t n_models;         /* in the file */
  size_t model;            /* the one read, from 1 */
  size_t n_assemblies;
  const char *const *assembly_names; /* [n_assemblies + 1], NULL terminated */
  const char *assembly;              /* the one built, or "" */
  SwSecondarySource secondary_source;

  /* Over all atoms kept. */
  double box_min[3], box_max[3]; /* angstrom */
  double mean[3];                /* centre of the atoms, all alike */
  double radius;                 /* largest distance from mean */
  size_t n_amino_acids, n_nucleotides, n_waters, n_hydrogens, n_ca;

  SwLoadReport report;
} SwStructure;

/* options NULL: defaults. The file is recognised by its content; the name plays no part. */
SwStructure *sw_structure_load (const char *path,
                                const SwLoadOptions *options,
                                GCancellable *cancellable,
                                GError **error);

/* The same from memory; name stands for the file in messages. */
SwStructure *sw_structure_load_bytes (const void *bytes,
                                      size_t size,
                                      const char *name,
                                      const SwLoadOptions *options,
                                      GCancellable *cancellable,
                                      GError **error);

/* For examples made in code and for tests: atoms without residues, one chain "A", each atom its own
 * residue. positions [n][3] angstrom, elements [n] atomic numbers (NULL: carbon). */
SwStructure *sw_structure_new_from_points (size_t n,
                                           const double (*positions)[3],
                                           const uint8_t *elements,
                                           const char *title,
                                           GError **error);

SwStructure *sw_structure_ref (SwStructure *structure);
void sw_structure_unref (SwStructure *structure);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwStructure, sw_structure_unref)

/* Symbol of an atomic number ("C", "Zn", "?" for 0 and beyond the table); static. */
const char *sw_element_symbol (unsigned number);
/* Covalent radius in angstrom (Cordero et al. 2008), for balls and sticks. */
double sw_element_covalent_radius (unsigned number);
/* Van der Waals radius in angstrom. */
double sw_element_vdw_radius (unsigned number);

/* ---- what the voxeliser takes
 * ------------------------------------------------------------------------- */

typedef enum
{
  SW_CHANNELS_ONE,     /* all atoms in one channel */
  SW_CHANNELS_ELEMENT, /* H, C, N, O, S, other: six channels in this order, whatever occurs */
  SW_CHANNELS_CA,      /* C-alpha atoms in one channel (CATH) */
  SW_CHANNELS_TRACE,   /* C-alpha atoms in chain order; voxel/trace.h makes 21 channels of them */
  SW_CHANNELS_ENVIRONMENT, /* atoms of amino acids around the residue nearest their middle, without its side chain: the 16 channels of
                              structure/environment-atoms.h; its C-alpha is the centre whatever is asked for */
} SwChannels;

size_t sw_channels_count (SwChannels channels);
/* "all", "H" ... "other", "CA", "helix", "strand axis" ...; static. */
const char *sw_channels_name (SwChannels channels, size_t i);
/* "one", "element", "ca", "trace", "environment"; static. Parse returns false for an unknown word. */
const char *sw_channels_to_string (SwChannels channels);
bool sw_channels_from_string (const char *word, SwChannels *ret_channels);

typedef enum
{
  SW_CENTRE_MEAN,   /* mean of the atoms taken (CATH) */
  SW_CENTRE_BOX,    /* middle of their bounding box */
  SW_CENTRE_ORIGIN, /* as in the file */
} SwCentre;

typedef struct
{
  size_t n_atoms;
  double (*positions)[3]; /* [n_atoms], angstrom, relative to centre */
  uint8_t *channels;      /* [n_atoms]; all 0 for SW_CHANNELS_TRACE */
  uint32_t *atoms;        /* [n_atoms], index in the structure */
  size_t n_channels;
  double centre[3]; /* in the frame of the file */
  double radius;    /* largest distance from centre */
} SwInputAtoms;

/* Fails with SW_STRUCTURE_ERROR_EMPTY when no atom qualifies, e.g. C-alpha atoms of a nucleic acid.
 * Free with sw_input_atoms_free. */
SwInputAtoms *sw_structure_dup_input_atoms (const SwStructure *structure,
                                            SwChannels channels,
                                            SwCentre centre,
                                            GError **error);
void sw_input_atoms_free (SwInputAtoms *atoms);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwInputAtoms, sw_input_atoms_free)

/* ---- writing
 * ------------------------------------------------------------------------------------------ */

typedef enum
{
  SW_WRITE_PDB,
  SW_WRITE_MMCIF,
} SwWriteFormat;

/* Writes the atoms with values[n_atoms] in the B-factor column (NULL: as read), through gemmi,
 * atomically. PDB is refused for what its columns cannot hold. */
bool sw_structure_write (const SwStructure *structure,
                         const float *values,
                         SwWriteFormat format,
                         const char *path,
                         GError **error);

G_END_DECLS
