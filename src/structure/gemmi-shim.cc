/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only C++ of the program: gemmi behind extern "C". One translation unit, because gemmi is
 * header-only and slow to compile. Every entry point catches everything.
 *
 * The mmCIF text is parsed by gemmi, but its atom_site loop is turned into a gemmi::Model here:
 * gemmi 0.5.7 wants columns that many programs leave out (type_symbol, occupancy, ...), gives up on
 * the whole file over unrelated categories, and looks residues up one by one in their chain. */
#define GEMMI_WRITE_IMPLEMENTATION
/* stb_sprintf stays inside this file; Debian's gemmi warns that it uses the system's copy. */
#define STB_SPRINTF_STATIC
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcpp"
#pragma GCC diagnostic ignored "-Wunused-function"
#include "structure/gemmi-shim-private.h"
#include "structure/structure.h"

#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <string>
#include <unordered_map>
#include <vector>

#include <gemmi/assembly.hpp>
#include <gemmi/ccp4.hpp>
#include <gemmi/cif.hpp>
#include <gemmi/mmcif.hpp>
#include <gemmi/pdb.hpp>
#include <gemmi/polyheur.hpp>
#include <gemmi/resinfo.hpp>
#include <gemmi/select.hpp>
#include <gemmi/to_cif.hpp>
#include <gemmi/to_mmcif.hpp>
#include <gemmi/to_pdb.hpp>
#pragma GCC diagnostic pop

namespace
{

/* A fault with its kind, thrown inside this file only. */
struct Fault
{
  int kind;
  std::string text;
};

void
put_text (char *message, const std::string &text)
{
  const size_t n = std::min (text.size (), (size_t) SW_SHIM_TEXT - 1);
  std::memcpy (message, text.data (), n);
  message[n] = '\0';
}

template <typename Work>
int
guarded (char *message, Work work)
{
  try
    {
      work ();
      return SW_SHIM_OK;
    }
  catch (const Fault &fault)
    {
      put_text (message, fault.text);
      return fault.kind;
    }
  catch (const gemmi::cif::pegtl::parse_error &error)
    {
      std::string text = error.what ();
      if (!error.positions ().empty ())
        {
          const auto &at = error.positions ().front ();
          /* what() begins with "source:line:column(byte): "; say it in words. */
          const size_t colon = text.rfind (": ");
          text = "line " + std::to_string (at.line) + ": "
                 + (colon == std::string::npos ? text : text.substr (colon + 2));
        }
      put_text (message, text);
      return SW_SHIM_FORMAT;
    }
  catch (const std::bad_alloc &)
    {
      put_text (message, "not enough memory");
      return SW_SHIM_MEMORY;
    }
  catch (const std::length_error &)
    {
      put_text (message, "not enough memory");
      return SW_SHIM_MEMORY;
    }
  catch (const std::system_error &error)
    {
      put_text (message, error.what ());
      return SW_SHIM_IO;
    }
  catch (const std::exception &error)
    {
      std::string text = error.what ();
      for (char &c : text)
        if (c == '\n' || c == '\r')
          c = ' ';
      put_text (message, text);
      return SW_SHIM_FORMAT;
    }
  catch (...)
    {
      put_text (message, "unknown failure of the reader");
      return SW_SHIM_FORMAT;
    }
}

template <size_t N>
void
copy_name (char (&to)[N], const std::string &from)
{
  std::memset (to, 0, N);
  std::memcpy (to, from.data (), std::min (from.size (), N - 1));
}

/* Owner of everything that SwRaw points to. */
struct RawOwner
{
  std::vector<SwRawAtom> atoms;
  std::vector<SwRawResidue> residues;
  std::vector<SwRawChain> chains;
  std::vector<std::string> chain_names, assembly_names;
  std::vector<const char *> assembly_pointers;
  std::string title, entry_id, space_group, warning;
};

void
add_warning (std::string &warning, const std::string &text)
{
  if (!warning.empty ())
    warning += "; ";
  warning += text;
}

/* ---- secondary structure as a flag of the residue: survives copying into an assembly ---- */

std::string
residue_key (const std::string &chain, const gemmi::SeqId &id)
{
  return chain + '\t' + std::to_string (id.num.value) + id.icode;
}

void
flag_secondary (gemmi::Model &model,
                const std::vector<gemmi::Helix> &helices,
                const std::vector<gemmi::Sheet> &sheets)
{
  std::vector<gemmi::Residue *> order;
  std::unordered_map<std::string, size_t> first, last;
  /* By chain name, since a chain may come in several parts. */
  std::unordered_map<std::string, std::vector<gemmi::Chain *> > parts;
  std::vector<std::string> names;
  for (gemmi::Chain &chain : model.chains)
    {
      auto &list = parts[chain.name];
      if (list.empty ())
        names.push_back (chain.name);
      list.push_back (&chain);
    }
  for (const std::string &name : names)
    for (gemmi::Chain *chain : parts[name])
      for (gemmi::Residue &residue : chain->residues)
        {
          const std::string key = residue_key (name, residue.seqid);
          first.emplace (key, order.size ());
          last[key] = order.size ();
          order.push_back (&residue);
        }
  auto mark = [&] (const gemmi::AtomAddress &from, const gemmi::AtomAddress &to, char flag) {
    if (from.chain_name != to.chain_name)
      return;
    auto begin = first.find (residue_key (from.chain_name, from.res_id.seqid));
    auto end = last.find (residue_key (to.chain_name, to.res_id.seqid));
    /* A helix of more residues than any protein has is a damaged record. */
    if (begin == first.end () || end == last.end () || end->second < begin->second
        || end->second - begin->second > 5000)
      return;
    for (size_t i = begin->second; i <= end->second; i++)
      order[i]->flag = flag;
  };
  for (const gemmi::Sheet &sheet : sheets)
    for (const gemmi::Sheet::Strand &strand : sheet.strands)
      mark (strand.start, strand.end, 'E');
  for (const gemmi::Helix &helix : helices)
    mark (helix.start, helix.end, 'H');
}

/* ---- model to arrays ---- */

size_t
count_atoms (const gemmi::Model &model)
{
  size_t n = 0;
  for (const gemmi::Chain &chain : model.chains)
    for (const gemmi::Residue &residue : chain.residues)
      n += residue.atoms.size ();
  return n;
}

/* Chains that come in parts (protein here, its waters at the end of the file) are joined in the
 * order of first appearance. The mark that pdb-text.c puts in the segment of repeated copies keeps
 * those apart. */
void
flatten (const gemmi::Model &model, const SwShimOptions &options, RawOwner &owner)
{
  std::unordered_map<std::string, size_t> index;
  std::vector<std::vector<const gemmi::Residue *> > members;
  for (const gemmi::Chain &chain : model.chains)
    for (const gemmi::Residue &residue : chain.residues)
      {
        const bool copy = !residue.segment.empty () && residue.segment[0] == '~';
        auto found = index.emplace (copy ? chain.name + '\n' + residue.segment : chain.name,
                                    members.size ());
        if (found.second)
          {
            members.emplace_back ();
            owner.chain_names.push_back (chain.name);
          }
        members[found.first->second].push_back (&residue);
      }
  owner.atoms.reserve (count_atoms (model));
  for (size_t c = 0; c < members.size (); c++)
    {
      SwRawChain raw_chain = { nullptr, (uint32_t) owner.residues.size (), 0 };
      for (const gemmi::Residue *residue : members[c])
        {
          SwRawResidue raw = {};
          copy_name (raw.name, residue->name);
          raw.number = residue->seqid.num.has_value () ? *residue->seqid.num : 0;
          raw.insertion = residue->seqid.icode;
          raw.secondary = residue->flag == 'H'   ? SW_SECONDARY_HELIX
                          : residue->flag == 'E' ? SW_SECONDARY_STRAND
                                                 : SW_SECONDARY_NONE;
          raw.atom_first = (uint32_t) owner.atoms.size ();
          for (const gemmi::Atom &atom : residue->atoms)
            {
              SwRawAtom out = {};
              out.position[0] = atom.pos.x;
              out.position[1] = atom.pos.y;
              out.position[2] = atom.pos.z;
              for (double x : out.position)
                if (!(std::fabs (x) <= options.coordinate_max))
                  throw Fault{ SW_SHIM_COORDINATES, "atom " + std::to_string (atom.serial) + " ("
                                                        + atom.name + " of " + residue->name + " "
                                                        + residue->seqid.str ()
                                                        + ") has a coordinate that is "
                                                        + (std::isnan (x)   ? "not a number"
                                                           : std::isinf (x) ? "infinite"
                                                                            : "impossibly large") };
              out.occupancy = std::isfinite (atom.occ) ? atom.occ : 1.0f;
              out.b_factor = std::isfinite (atom.b_iso) ? atom.b_iso : 0.0f;
              copy_name (out.name, atom.name);
              out.altloc = atom.altloc;
              out.element
                  = (uint8_t) (atom.element.elem == gemmi::El::D ? 1 : atom.element.ordinal ());
              out.hetero = residue->het_flag == 'H';
              out.element_guessed = atom.flag == 'g';
              owner.atoms.push_back (out);
            }
          raw.n_atoms = (uint32_t) (owner.atoms.size () - raw.atom_first);
          if (raw.n_atoms > 0)
            owner.residues.push_back (raw);
        }
      raw_chain.n_residues = (uint32_t) owner.residues.size () - raw_chain.residue_first;
      owner.chains.push_back (raw_chain);
    }
  for (size_t c = 0; c < owner.chains.size (); c++)
    owner.chains[c].name = owner.chain_names[c].c_str ();
}

/* ---- domains: "A:10-120,150-180,B:" ---- */

struct Segment
{
  std::string chain;
  bool whole;
  int first, last;
  char first_insertion, last_insertion; /* ' ': none was given */
};

/* A residue number with insertion code; false when there is none. */
bool
read_residue (const char **text, int *number, char *insertion)
{
  const char *c = *text + (**text == '-');
  if (*c < '0' || *c > '9')
    return false;
  errno = 0;
  char *end;
  const long value = strtol (*text, &end, 10);
  if (errno != 0 || value < -1000000 || value > 100000000)
    return false;
  *number = (int) value;
  *insertion = ' ';
  if (std::isalpha ((unsigned char) *end))
    *insertion = *end++;
  *text = end;
  return true;
}

/* Ranges of residues, chain first, as classifications of domains write them; a range without a chain is of the chain before.
 * False for anything else, and where no range has a number: gemmi's own syntax, where "CA:" means another thing. */
bool
read_domain (const char *text, std::vector<Segment> &segments)
{
  std::string chain;
  bool has_chain = false, has_number = false;
  for (const char *c = text;; c++)
    {
      const char *colon = c;
      while (std::isalnum ((unsigned char) *colon) || *colon == '_')
        colon++;
      if (*colon == ':' && colon > c)
        {
          chain.assign (c, colon);
          has_chain = true;
          c = colon + 1;
        }
      if (!has_chain)
        return false;
      Segment segment = { chain, true, 0, 0, ' ', ' ' };
      if (*c != ',' && *c != '\0')
        {
          segment.whole = false;
          has_number = true;
          if (!read_residue (&c, &segment.first, &segment.first_insertion))
            return false;
          segment.last = segment.first;
          segment.last_insertion = segment.first_insertion;
          if (*c == '-')
            {
              c++;
              if (!read_residue (&c, &segment.last, &segment.last_insertion))
                return false;
            }
        }
      segments.push_back (segment);
      if (*c == '\0')
        return has_number;
      if (*c != ',')
        return false;
    }
}

/* Without insertion codes the ends include all residues of their number. */
bool
is_in (const Segment &segment, const std::string &chain, const gemmi::SeqId &id)
{
  if (segment.chain != chain)
    return false;
  if (segment.whole)
    return true;
  const int number = *id.num;
  if (number < segment.first || number > segment.last)
    return false;
  if (number == segment.first && segment.first_insertion != ' ' && id.icode < segment.first_insertion)
    return false;
  return !(number == segment.last && segment.last_insertion != ' ' && id.icode > segment.last_insertion);
}

void
keep_domain (gemmi::Model &model, const std::vector<Segment> &segments)
{
  for (gemmi::Chain &chain : model.chains)
    gemmi::vector_remove_if (chain.residues, [&] (const gemmi::Residue &residue) {
      for (const Segment &segment : segments)
        if (is_in (segment, chain.name, residue.seqid))
          return false;
      return true;
    });
}

/* The model after selection and assembly, as arrays. */
void
finish (gemmi::Structure &structure,
        gemmi::Model &model,
        const SwShimOptions &options,
        SwRaw *raw,
        RawOwner &owner)
{
  raw->n_not_selected = 0;
  if (options.selection != nullptr && options.selection[0] != '\0')
    {
      const size_t before = count_atoms (model);
      gemmi::Selection selection;
      std::vector<Segment> segments;
      const bool domain = read_domain (options.selection, segments);
      if (domain)
        keep_domain (model, segments);
      else try
        {
          selection = gemmi::Selection (options.selection);
        }
      catch (const std::bad_alloc &)
        {
          throw;
        }
      catch (const std::exception &error)
        {
          throw Fault{ SW_SHIM_OPTIONS, error.what () };
        }
      if (selection.mdl != 0 && (size_t) selection.mdl != options.model)
        throw Fault{ SW_SHIM_OPTIONS, "the selection asks for model "
                                          + std::to_string (selection.mdl) + ", but model "
                                          + std::to_string (options.model) + " is read" };
      if (!selection.entity_types.all)
        for (gemmi::Chain &chain : model.chains)
          gemmi::add_entity_types (chain, true);
      selection.mdl = 0;
      if (!domain)
        selection.remove_not_selected (model);
      gemmi::remove_empty_children (model);
      raw->n_not_selected = before - count_atoms (model);
    }
  if (options.assembly != nullptr && options.assembly[0] != '\0')
    {
      const gemmi::Assembly *assembly = structure.find_assembly (options.assembly);
      if (assembly == nullptr)
        throw Fault{ SW_SHIM_OPTIONS, structure.assemblies.empty ()
                                          ? std::string ("the file describes no assembly")
                                          : "there is no assembly \""
                                                + std::string (options.assembly) + "\"; there is "
                                                + gemmi::join_str (structure.assemblies, ", ",
                                                                   [] (const gemmi::Assembly &a) {
                                                                     return a.name;
                                                                   }) };
      size_t n_operators = 0;
      for (const gemmi::Assembly::Gen &gen : assembly->generators)
        n_operators += gen.operators.size ();
      if (n_operators == 0)
        throw Fault{ SW_SHIM_OPTIONS, "assembly \"" + assembly->name + "\" has no operators" };
      if (count_atoms (model) > options.atoms_max / n_operators)
        throw Fault{ SW_SHIM_TOO_LARGE, "assembly \"" + assembly->name + "\" would have more than "
                                            + std::to_string (options.atoms_max) + " atoms" };
      model = gemmi::make_assembly (*assembly, model, gemmi::HowToNameCopiedChain::AddNumber,
                                    nullptr);
    }
  flatten (model, options, owner);
  for (const gemmi::Assembly &assembly : structure.assemblies)
    owner.assembly_names.push_back (assembly.name);
  for (const std::string &name : owner.assembly_names)
    owner.assembly_pointers.push_back (name.c_str ());
  owner.assembly_pointers.push_back (nullptr);
  raw->n_atoms = owner.atoms.size ();
  raw->n_residues = owner.residues.size ();
  raw->n_chains = owner.chains.size ();
  raw->atoms = owner.atoms.data ();
  raw->residues = owner.residues.data ();
  raw->chains = owner.chains.data ();
  raw->n_assemblies = owner.assembly_names.size ();
  raw->assembly_names = owner.assembly_pointers.data ();
  raw->title = owner.title.c_str ();
  raw->entry_id = owner.entry_id.c_str ();
  raw->space_group = owner.space_group.c_str ();
  raw->warning = owner.warning.c_str ();
  raw->owner = &owner;
}

/* ---- mmCIF ---- */

/* A column of atom_site, or a constant where the file has none. */
struct AtomColumn
{
  const gemmi::cif::Loop *loop = nullptr;
  int column = -1;
  const std::string *value = nullptr; /* of a tag-value pair */

  bool
  present () const
  {
    return column >= 0 || value != nullptr;
  }
  const std::string &
  at (size_t row) const
  {
    return value != nullptr ? *value : loop->val (row, (size_t) column);
  }
};

struct AtomSite
{
  gemmi::cif::Block &block;
  const gemmi::cif::Loop *loop = nullptr;
  size_t n_rows = 0;

  explicit AtomSite (gemmi::cif::Block &b) : block (b) {}

  AtomColumn
  find (const char *name)
  {
    AtomColumn out;
    const std::string tag = std::string ("_atom_site.") + name;
    gemmi::cif::Column column = block.find_values (tag);
    if (!column)
      return out;
    if (const gemmi::cif::Loop *found = column.get_loop ())
      {
        if (loop != nullptr && found != loop)
          throw Fault{ SW_SHIM_FORMAT, "the columns of _atom_site are spread over several loops" };
        loop = found;
        n_rows = found->length ();
        out.loop = found;
        out.column = (int) column.col ();
      }
    else
      {
        out.value = &column[0];
        if (n_rows == 0)
          n_rows = 1;
      }
    return out;
  }
};

bool
has_category (const gemmi::cif::Block &block, const std::string &prefix)
{
  return const_cast<gemmi::cif::Block &> (block).find_mmcif_category (prefix).ok ();
}

/* What a CIF without usable atoms holds, for the message. */
std::string
describe_other_cif (gemmi::cif::Document &document)
{
  for (gemmi::cif::Block &block : document.blocks)
    {
      if (has_category (block, "_refln.") || block.has_tag ("_refln.index_h")
          || block.has_tag ("_refln_index_h"))
        return "it holds structure factors (reflections), not atoms";
      if (has_category (block, "_chem_comp_atom."))
        return "it describes a chemical component (_chem_comp_atom), not a structure";
      if (block.has_tag ("_atom_site_fract_x"))
        return "it is a small-molecule CIF with fractional coordinates; PDBx/mmCIF is needed";
      if (block.has_tag ("_atom_site.id") || block.has_tag ("_atom_site.type_symbol"))
        return "its _atom_site table has no Cartesian coordinates (Cartn_x, Cartn_y, Cartn_z)";
    }
  return "it has no atoms (_atom_site)";
}

/* gemmi expands "(1-60)" into strings; a range of a thousand million would eat the memory. */
bool
operator_expressions_are_sane (gemmi::cif::Block &block)
{
  for (const std::string &value : block.find_values ("_pdbx_struct_assembly_gen.oper_expression"))
    {
      size_t run = 0;
      for (char c : value)
        {
          run = c >= '0' && c <= '9' ? run + 1 : 0;
          if (run > 5)
            return false;
        }
    }
  return true;
}

std::string
first_value (gemmi::cif::Block &block, const char *tag)
{
  for (const std::string &value : block.find_values (tag))
    if (!gemmi::cif::is_null (value))
      return gemmi::cif::as_string (value);
  return std::string ();
}

void
read_atom_site (gemmi::cif::Block &block,
                const SwShimOptions &options,
                gemmi::Model &model,
                SwRaw *raw)
{
  AtomSite site (block);
  const AtomColumn x = site.find ("Cartn_x"), y = site.find ("Cartn_y"), z = site.find ("Cartn_z");
  const AtomColumn group = site.find ("group_PDB"), id = site.find ("id");
  const AtomColumn symbol = site.find ("type_symbol"), alt = site.find ("label_alt_id");
  AtomColumn atom_name = site.find ("auth_atom_id"), comp = site.find ("auth_comp_id");
  AtomColumn asym = site.find ("auth_asym_id"), seq = site.find ("auth_seq_id");
  const AtomColumn label_asym = site.find ("label_asym_id");
  const AtomColumn insertion = site.find ("pdbx_PDB_ins_code");
  const AtomColumn occupancy = site.find ("occupancy"), b_iso = site.find ("B_iso_or_equiv");
  const AtomColumn model_num = site.find ("pdbx_PDB_model_num");
  if (!atom_name.present ())
    atom_name = site.find ("label_atom_id");
  if (!comp.present ())
    comp = site.find ("label_comp_id");
  if (!asym.present ())
    asym = label_asym;
  if (!seq.present ())
    seq = site.find ("label_seq_id");

  std::unordered_map<std::string, size_t> models, residues;
  std::unordered_map<std::string, size_t> chains;
  size_t wanted_model = options.model, row_model = 1;
  std::string current_model, key;
  bool first_row = true;
  size_t n_kept = 0;
  size_t chain_index = 0, residue_index = 0;
  bool have_residue = false;
  std::string last_asym, last_key;

  for (size_t row = 0; row < site.n_rows; row++)
    {
      if (model_num.present ())
        {
          const std::string &value = model_num.at (row);
          if (first_row || value != current_model)
            {
              current_model = value;
              row_model = models.emplace (value, models.size () + 1).first->second;
            }
        }
      first_row = false;
      if (row_model != wanted_model)
        continue;
      if (++n_kept > options.atoms_max)
        throw Fault{ SW_SHIM_TOO_LARGE,
                     "there are more than " + std::to_string (options.atoms_max) + " atoms" };

      const std::string chain_name
          = asym.present () ? gemmi::cif::as_string (asym.at (row)) : std::string ();
      if (!have_residue || chain_name != last_asym)
        {
          auto found = chains.emplace (chain_name, model.chains.size ());
          if (found.second)
            model.chains.emplace_back (chain_name);
          chain_index = found.first->second;
          last_asym = chain_name;
          have_residue = false;
        }
      const std::string comp_name
          = comp.present () ? gemmi::cif::as_string (comp.at (row)) : std::string ("UNK");
      const std::string seq_text
          = seq.present () ? gemmi::cif::as_string (seq.at (row)) : std::string ();
      key = std::to_string (chain_index);
      key += '\t';
      key += seq_text;
      key += '\t';
      if (insertion.present ())
        key += insertion.at (row);
      key += '\t';
      key += comp_name;
      /* label_asym_id tells apart ligands and waters that share the author's numbers. */
      key += '\t';
      if (label_asym.present ())
        key += label_asym.at (row);
      gemmi::Chain &chain = model.chains[chain_index];
      if (!have_residue || key != last_key)
        {
          auto found = residues.emplace (key, chain.residues.size ());
          if (found.second)
            {
              const std::string *code = insertion.present () ? &insertion.at (row) : nullptr;
              gemmi::ResidueId rid;
              try
                {
                  rid = gemmi::impl::make_resid (comp_name, seq_text, code);
                }
              catch (const std::runtime_error &)
                {
                  rid.name = comp_name;
                  rid.seqid.num = 0;
                }
              if (!rid.seqid.num.has_value ())
                rid.seqid.num = 0;
              chain.residues.emplace_back (rid);
              gemmi::Residue &fresh = chain.residues.back ();
              if (label_asym.present ())
                fresh.subchain = gemmi::cif::as_string (label_asym.at (row));
              fresh.het_flag = 'A';
              if (group.present ())
                for (char c : group.at (row))
                  if (c == 'H' || c == 'h')
                    {
                      fresh.het_flag = 'H';
                      break;
                    }
            }
          residue_index = found.first->second;
          last_key = key;
          have_residue = true;
        }
      gemmi::Residue &residue = chain.residues[residue_index];
      gemmi::Atom atom;
      atom.name
          = atom_name.present () ? gemmi::cif::as_string (atom_name.at (row)) : std::string ("X");
      if (alt.present ())
        atom.altloc = gemmi::cif::as_char (alt.at (row), '\0');
      if (symbol.present () && !gemmi::cif::is_null (symbol.at (row)))
        atom.element = gemmi::Element (gemmi::cif::as_string (symbol.at (row)));
      if (atom.element == gemmi::El::X)
        atom.flag = 'g';
      atom.serial = id.present () ? gemmi::string_to_int (id.at (row), false) : (int) (row + 1);
      const AtomColumn *columns[3] = { &x, &y, &z };
      for (int i = 0; i < 3; i++)
        {
          const std::string &text = columns[i]->at (row);
          const double value = gemmi::cif::as_number (gemmi::cif::as_string (text));
          if (!(std::fabs (value) <= options.coordinate_max))
            throw Fault{ SW_SHIM_COORDINATES,
                         "atom " + (id.present () ? id.at (row) : std::to_string (row + 1)) + " ("
                             + atom.name + " of " + comp_name + " " + seq_text
                             + "): the coordinate \"" + text.substr (0, 40) + "\" is "
                             + (std::isfinite (value) ? "impossibly large" : "not a number") };
          atom.pos.at (i) = value;
        }
      if (occupancy.present ())
        atom.occ = (float) gemmi::cif::as_number (gemmi::cif::as_string (occupancy.at (row)), 1.0);
      if (b_iso.present ())
        atom.b_iso = (float) gemmi::cif::as_number (gemmi::cif::as_string (b_iso.at (row)), 0.0);
      residue.atoms.push_back (atom);
    }
  raw->n_models = models.empty () ? 1 : models.size ();
  if (wanted_model > raw->n_models)
    throw Fault{ SW_SHIM_OPTIONS,
                 "model " + std::to_string (wanted_model) + " was asked for, but there "
                     + (raw->n_models == 1 ? std::string ("is only one")
                                           : "are only " + std::to_string (raw->n_models)) };
}

gemmi::El
element_of (unsigned number)
{
  return number <= 118 ? static_cast<gemmi::El> (number) : gemmi::El::X;
}

} // namespace

extern "C" int
sw_shim_read_pdb (const char *text,
                  size_t size,
                  const SwShimOptions *options,
                  SwRaw *ret_raw,
                  char message[SW_SHIM_TEXT])
{
  return guarded (message, [&] {
    std::unique_ptr<RawOwner> owner (new RawOwner);
    SwRaw raw = {};
    gemmi::Structure structure = gemmi::read_pdb_from_memory (text, size, "PDB");
    gemmi::Model &model = structure.models.at (0);
    if (count_atoms (model) > options->atoms_max)
      throw Fault{ SW_SHIM_TOO_LARGE,
                   "there are more than " + std::to_string (options->atoms_max) + " atoms" };
    raw.n_models = 1;
    raw.has_secondary = !structure.helices.empty () || !structure.sheets.empty ();
    flag_secondary (model, structure.helices, structure.sheets);
    auto info = [&] (const char *tag) {
      auto found = structure.info.find (tag);
      return found == structure.info.end () ? std::string () : found->second;
    };
    owner->title = gemmi::trim_str (info ("_struct.title"));
    owner->entry_id = gemmi::trim_str (info ("_entry.id"));
    finish (structure, model, *options, &raw, *owner);
    *ret_raw = raw;
    owner.release ();
  });
}

extern "C" int
sw_shim_read_mmcif (const char *text,
                    size_t size,
                    const SwShimOptions *options,
                    SwRaw *ret_raw,
                    char message[SW_SHIM_TEXT])
{
  return guarded (message, [&] {
    std::unique_ptr<RawOwner> owner (new RawOwner);
    SwRaw raw = {};
    gemmi::cif::Document document;
    gemmi::cif::pegtl::memory_input<> input (text, size, "mmCIF");
    gemmi::cif::parse_input (document, input);
    gemmi::cif::Block *block = nullptr;
    for (gemmi::cif::Block &candidate : document.blocks)
      if (candidate.has_tag ("_atom_site.Cartn_x") && candidate.has_tag ("_atom_site.Cartn_y")
          && candidate.has_tag ("_atom_site.Cartn_z"))
        {
          if (block == nullptr)
            block = &candidate;
          else
            {
              add_warning (owner->warning,
                           "several data blocks have atoms; only the first is read");
              break;
            }
        }
    if (block == nullptr)
      throw Fault{ SW_SHIM_NO_ATOMS, describe_other_cif (document) };

    gemmi::Structure structure;
    gemmi::Model model ("1");
    read_atom_site (*block, *options, model, &raw);

    auto optional = [&] (const char *what, auto work) {
      try
        {
          work ();
        }
      catch (const std::bad_alloc &)
        {
          throw;
        }
      catch (const std::exception &error)
        {
          add_warning (owner->warning,
                       std::string (what) + " could not be read (" + error.what () + ")");
        }
    };
    optional ("the secondary structure", [&] {
      const auto helices = gemmi::impl::read_helices (*block);
      const auto sheets = gemmi::impl::read_sheets (*block);
      raw.has_secondary = !helices.empty () || !sheets.empty ();
      flag_secondary (model, helices, sheets);
    });
    optional ("the assemblies", [&] {
      if (!operator_expressions_are_sane (*block))
        throw std::runtime_error ("numbers of operators are too large");
      structure.assemblies = gemmi::impl::read_assemblies (*block);
    });
    optional ("the unit cell", [&] {
      gemmi::UnitCell cell;
      gemmi::impl::set_cell_from_mmcif (*block, cell);
      if (cell.is_crystal ())
        {
          const double values[6] = { cell.a, cell.b, cell.c, cell.alpha, cell.beta, cell.gamma };
          std::memcpy (raw.cell, values, sizeof values);
        }
      owner->space_group = gemmi::cif::as_string (gemmi::impl::find_spacegroup_hm_value (*block));
    });
    owner->title = first_value (*block, "_struct.title");
    owner->entry_id = first_value (*block, "_entry.id");
    if (owner->entry_id.empty ())
      owner->entry_id = block->name == "#" ? std::string () : block->name;
    /* The parsed text is several times the size of the model; give it back before the arrays are
     * built. */
    document.clear ();
    finish (structure, model, *options, &raw, *owner);
    *ret_raw = raw;
    owner.release ();
  });
}

extern "C" void
sw_raw_free (SwRaw *raw)
{
  if (raw == nullptr)
    return;
  delete static_cast<RawOwner *> (raw->owner);
  std::memset (raw, 0, sizeof *raw);
}

extern "C" unsigned
sw_shim_element_find (const char *symbol)
{
  const gemmi::Element element (symbol);
  return element.elem == gemmi::El::D ? 1u : (unsigned) element.ordinal ();
}

extern "C" const char *
sw_shim_element_symbol (unsigned number)
{
  return number == 0 || number > 118 ? "?" : gemmi::element_name (element_of (number));
}

extern "C" double
sw_shim_element_covalent_radius (unsigned number)
{
  return gemmi::covalent_radius (element_of (number));
}

extern "C" double
sw_shim_element_vdw_radius (unsigned number)
{
  return gemmi::vdw_radius (element_of (number));
}

extern "C" bool
sw_shim_element_is_metal (unsigned number)
{
  return gemmi::is_metal (element_of (number));
}

extern "C" unsigned
sw_shim_residue_kind (const char *name, char *ret_one_letter)
{
  const gemmi::ResidueInfo info = gemmi::find_tabulated_residue (name);
  const char letter = info.one_letter_code;
  *ret_one_letter = letter >= 'a' && letter <= 'z' ? (char) (letter - 'a' + 'A') : letter;
  return info.is_amino_acid ()     ? SW_RESIDUE_AMINO_ACID
         : info.is_nucleic_acid () ? SW_RESIDUE_NUCLEOTIDE
         : info.is_water ()        ? SW_RESIDUE_WATER
                                   : SW_RESIDUE_OTHER;
}

/* ---- maps ---- */

extern "C" int
sw_shim_read_map (const char *bytes, size_t size, SwRawMap *ret_map, char message[SW_SHIM_TEXT])
{
  return guarded (message, [&] {
    std::unique_ptr<gemmi::Ccp4<float> > map (new gemmi::Ccp4<float>);
    SwRawMap raw = {};
    map->read_ccp4_from_memory (bytes, size, "map");
    const auto position = map->axis_positions ();
    const auto start = map->header_3i32 (5);
    const auto sampling = map->header_3i32 (8);
    for (int i = 0; i < 3; i++)
      {
        raw.start[i] = start[position[i]];
        raw.sampling[i] = sampling[i];
        raw.origin[i] = map->header_float (50 + i);
      }
    map->setup (0.0f, gemmi::MapSetup::ReorderOnly);
    raw.n[0] = map->grid.nu;
    raw.n[1] = map->grid.nv;
    raw.n[2] = map->grid.nw;
    const gemmi::UnitCell &cell = map->grid.unit_cell;
    const double values[6] = { cell.a, cell.b, cell.c, cell.alpha, cell.beta, cell.gamma };
    std::memcpy (raw.cell, values, sizeof values);
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++)
        raw.orth[i][j] = cell.orth.mat[i][j];
    raw.data = map->grid.data.data ();
    raw.owner = map.release ();
    *ret_map = raw;
  });
}

extern "C" void
sw_raw_map_free (SwRawMap *map)
{
  if (map == nullptr)
    return;
  delete static_cast<gemmi::Ccp4<float> *> (map->owner);
  std::memset (map, 0, sizeof *map);
}

extern "C" int
sw_shim_write_map (const char *path,
                   const float *grid,
                   const size_t n[3],
                   double spacing,
                   const double origin[3],
                   char message[SW_SHIM_TEXT])
{
  return guarded (message, [&] {
    gemmi::Ccp4<float> map;
    map.grid.unit_cell.set (n[0] * spacing, n[1] * spacing, n[2] * spacing, 90.0, 90.0, 90.0);
    map.grid.spacegroup = gemmi::find_spacegroup_by_number (1);
    map.grid.set_size_without_checking ((int) n[0], (int) n[1], (int) n[2]);
    map.grid.axis_order = gemmi::AxisOrder::XYZ;
    std::copy (grid, grid + n[0] * n[1] * n[2], map.grid.data.begin ());
    map.update_ccp4_header (2, true);
    int start[3];
    bool whole = true;
    for (int i = 0; i < 3; i++)
      {
        const double voxels = origin[i] / spacing;
        whole
            = whole && std::fabs (voxels) < 1e6 && std::fabs (voxels - std::round (voxels)) < 1e-4;
        start[i] = whole ? (int) std::round (voxels) : 0;
        map.set_header_float (50 + i, (float) origin[i]);
      }
    if (whole)
      map.set_header_3i32 (5, start[0], start[1], start[2]);
    map.set_header_str (57, "written by Swivel through GEMMI");
    map.write_ccp4_map (path);
  });
}

/* ---- structures out ---- */

extern "C" int
sw_shim_write_structure (const void *pointer,
                         const float *values,
                         bool mmcif,
                         const char *path,
                         char message[SW_SHIM_TEXT])
{
  return guarded (message, [&] {
    const SwStructure *in = static_cast<const SwStructure *> (pointer);
    gemmi::Structure out;
    out.name = in->entry_id[0] != '\0' ? in->entry_id : "model";
    out.info["_entry.id"] = out.name;
    if (in->title[0] != '\0')
      out.info["_struct.title"] = in->title;
    if (in->cell[0] > 0)
      out.cell.set (in->cell[0], in->cell[1], in->cell[2], in->cell[3], in->cell[4], in->cell[5]);
    out.spacegroup_hm = in->space_group;
    out.models.emplace_back ("1");
    gemmi::Model &model = out.models.back ();
    int serial = 0;
    for (size_t c = 0; c < in->n_chains; c++)
      {
        const SwChain &chain_in = in->chains[c];
        model.chains.emplace_back (chain_in.name);
        gemmi::Chain &chain = model.chains.back ();
        if (!mmcif && chain.name.size () > 2)
          throw Fault{ SW_SHIM_TOO_LARGE,
                       "chain name \"" + chain.name + "\" does not fit the PDB format; use mmCIF" };
        for (uint32_t r = 0; r < chain_in.n_residues; r++)
          {
            const SwResidue &residue_in = in->residues[chain_in.residue_first + r];
            gemmi::ResidueId id;
            id.name = residue_in.name;
            id.seqid.num = residue_in.number;
            id.seqid.icode = residue_in.insertion;
            chain.residues.emplace_back (id);
            gemmi::Residue &residue = chain.residues.back ();
            if (!mmcif && (residue.name.size () > 3 || residue_in.number < -999))
              throw Fault{ SW_SHIM_TOO_LARGE, "residue " + residue.name + " " + residue.seqid.str ()
                                                  + " does not fit the PDB format; use mmCIF" };
            residue.entity_type = residue_in.kind == SW_RESIDUE_WATER ? gemmi::EntityType::Water
                                  : residue_in.kind == SW_RESIDUE_OTHER
                                      ? gemmi::EntityType::NonPolymer
                                      : gemmi::EntityType::Polymer;
            for (uint32_t a = 0; a < residue_in.n_atoms; a++)
              {
                const size_t i = residue_in.atom_first + a;
                gemmi::Atom atom;
                atom.name = in->atom_names[i];
                atom.altloc = in->altlocs[i];
                atom.element = gemmi::Element ((int) in->elements[i]);
                atom.serial = ++serial;
                atom.pos = gemmi::Position (in->positions[i][0], in->positions[i][1],
                                            in->positions[i][2]);
                atom.occ = in->occupancies[i];
                atom.b_iso = values != nullptr ? values[i] : in->b_factors[i];
                if (!mmcif)
                  {
                    for (double v : in->positions[i])
                      if (!(v > -999.9995 && v < 9999.9995))
                        throw Fault{
                          SW_SHIM_TOO_LARGE,
                          "coordinates beyond 9999 angstrom do not fit the PDB format; use mmCIF"
                        };
                    if (!(atom.b_iso > -99.995f && atom.b_iso < 999.995f))
                      throw Fault{ SW_SHIM_TOO_LARGE,
                                   "a value of " + std::to_string (atom.b_iso)
                                       + " does not fit the B-factor column of the PDB format; "
                                         "scale it or use mmCIF" };
                  }
                residue.atoms.push_back (atom);
                residue.het_flag = in->flags[i] & SW_ATOM_HETERO ? 'H' : 'A';
              }
          }
      }
    gemmi::setup_entities (out);
    std::ofstream stream (path, std::ios::binary | std::ios::trunc);
    if (!stream)
      throw Fault{ SW_SHIM_IO, std::strerror (errno) };
    if (mmcif)
      gemmi::cif::write_cif_to_stream (stream, gemmi::make_mmcif_document (out),
                                       gemmi::cif::Style::Pdbx);
    else
      gemmi::write_pdb (out, stream);
    stream.close ();
    if (!stream)
      throw Fault{ SW_SHIM_IO, std::strerror (errno) };
  });
}
