//! Diagnoses of real odd files, where they are (see [`crate::morph::testing::data`]): what each gives, and that what a
//! plan makes of it can be read.
//!
//! Codes of faults that stop a reader were checked against the tables of both collections; those of shapes (`flat_neurite`
//! and the like) are what this program found when the table was written, and guard against change.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::morph::testing::data;
use crate::morph::{Morphology, read, read_swc};

/// Files of the collection of odd files, and the codes that they give.
const ODD: &[(&str, &str)] = &[
    (
        "720575940661205633.swc",
        "zero_radius undefined_type custom_type type_change child_before_parent unit_header odd_size jump back_tracking",
    ),
    ("Case1_orig.swc", "duplicate_id soma_contour not_sequential flat_neurite"),
    ("Case2_orig.swc", "no_soma flat_neurite"),
    ("Case5_orig.swc", ""),
    ("Neuron-flat.swc", "soma_convention zero_length narrow_start back_tracking flat_neurite"),
    ("Neuron_disconnected_components.swc", "forest soma_convention not_sequential narrow_start back_tracking"),
    ("Neuron_missing_ids.swc", "missing_parent forest zero_radius not_sequential flat_neurite"),
    ("Neuron_zero_length_segments.swc", "soma_convention zero_length narrow_start back_tracking"),
    ("Neuron_zero_radius.swc", "soma_convention axon_only flat_neurite"),
    (
        "NonStandard.swc",
        "bad_type bad_coordinate missing_radius self_parent forest no_soma zero_radius undefined_type custom_type type_change child_before_parent not_sequential",
    ),
    ("Sample1.SWC", "not_sequential flat_neurite"),
    ("Soma_origin.swc", "soma_convention no_neurites"),
    ("all_coincident.swc", "one_point zero_length"),
    ("axon_only_with_soma.swc", "axon_only flat_neurite"),
    ("bifurcating_soma.swc", "branching_soma zero_radius not_sequential flat_neurite"),
    ("chain_100000.swc", "odd_size flat_neurite"),
    ("comb_40000.swc", "flat_neurite"),
    ("comma_separated.swc", "separators text_line"),
    ("comments_only.swc", "no_samples"),
    ("cycle_beside_tree.swc", "cycle forest child_before_parent"),
    ("dangling_dendrite.swc", "zero_radius flat_neurite dangling_branch"),
    ("decimal_commas_big.swc", "decimal_comma forest zero_length not_sequential fat_end back_tracking"),
    ("float_formatted_ids.swc", "float_numbers"),
    ("git_lfs_pointer.swc", "not_swc"),
    ("heterogeneous_morphology.swc", "type_change"),
    ("id_overflow.swc", "bad_id not_sequential"),
    ("invalid-incomplete.asc", "unreadable"),
    ("morphio_simple.h5", "soma_contour branch_radius flat_neurite"),
    ("multiple_soma.swc", "forest several_somata flat_neurite"),
    ("narrow_start.swc", "narrow_start"),
    ("negative_type.swc", "bad_type undefined_type type_change"),
    ("no-axon.swc", "zero_radius flat_neurite"),
    ("no_soma.swc", "no_soma"),
    ("nrn_ordering.swc", "narrow_start"),
    ("nul_bytes.swc", "nul_bytes"),
    ("repeated_id.swc", "repeated_line flat_neurite"),
    ("root_parent_zero.swc", "root_parent_zero"),
    ("sample.asc", "soma_contour flat_neurite"),
    ("sample_doublet_point.swc", "soma_convention not_sequential flat_neurite"),
    ("sample_no_root.swc", "self_parent not_sequential flat_neurite"),
    ("simple-all-types.swc", "custom_type narrow_start"),
    ("simple-heterogeneous-neurite.swc", "type_change flat_neurite"),
    ("simple-trailing-space.swc", "no_soma"),
    ("simple-windows-eol.swc", "flat_neurite"),
    ("simple_reversed.swc", "zero_radius child_before_parent flat_neurite"),
    ("single_sample.swc", "no_neurites"),
    ("six_columns.swc", "missing_columns missing_parent forest not_sequential"),
    ("soma_cylinders.swc", "soma_convention axon_only zero_length"),
    ("soma_single_frustum.swc", "soma_convention no_neurites"),
    ("soma_three_points_cylinder.swc", "soma_convention no_neurites"),
    ("soma_with_neurite_parent.swc", "soma_below_neurite flat_neurite"),
    ("soma_zero_radius.swc", "zero_radius flat_neurite"),
    ("split_soma_two_neurites.swc", "soma_convention flat_neurite"),
    ("test_horta_swc.swc", "axon_only offset_header"),
    ("test_neuron2.swc", "child_before_parent flat_neurite"),
    ("test_neuron_disconnected.swc", "forest flat_neurite"),
    ("tiny_coordinates.swc", "odd_size"),
    ("toydata.swc", "branching_soma no_neurites not_sequential"),
    ("truncated_last_line.swc", "missing_columns"),
    ("undefined_type.swc", "zero_radius undefined_type flat_neurite"),
    ("utf8_bom.swc", ""),
    ("z_jump.swc", "jump fat_end flat_neurite"),
    ("zero-diameter-end-of-neurite.swc", "zero_radius type_change"),
];

/// Variants of one good file, each with one fault, that seven other readers were tried on.
const VARIANTS: &[(&str, &str)] = &[
    ("blank_lines.swc", "flat_neurite"),
    ("child_before_parent.swc", "child_before_parent not_sequential flat_neurite"),
    ("commas.swc", "separators flat_neurite"),
    ("cycle.swc", "cycle forest child_before_parent flat_neurite"),
    ("duplicate_id.swc", "duplicate_id flat_neurite"),
    ("duplicate_point.swc", "zero_length flat_neurite"),
    ("empty.swc", "no_samples"),
    ("float_ids.swc", "float_numbers flat_neurite"),
    ("fork_at_first_point.swc", ""),
    ("gaps_in_ids.swc", "not_sequential flat_neurite"),
    ("good.swc", "flat_neurite"),
    ("header_latin1.swc", "flat_neurite"),
    ("header_only.swc", "no_samples"),
    ("ids_from_zero.swc", "not_sequential flat_neurite"),
    ("inline_comment.swc", "flat_neurite"),
    ("leading_spaces.swc", "flat_neurite"),
    ("many_digits.swc", "flat_neurite"),
    ("missing_parent.swc", "missing_parent forest flat_neurite"),
    ("nan_coordinate.swc", "bad_coordinate flat_neurite"),
    ("negative_radius.swc", "negative_radius flat_neurite"),
    ("nine_columns.swc", "extra_columns flat_neurite"),
    ("no_final_newline.swc", "flat_neurite"),
    ("no_soma.swc", "no_soma flat_neurite"),
    ("one_point_neurite.swc", ""),
    ("only_soma.swc", "no_neurites"),
    ("root_parent_zero.swc", "root_parent_zero flat_neurite"),
    ("scientific_notation.swc", "flat_neurite"),
    ("self_parent.swc", "self_parent forest flat_neurite"),
    ("six_columns.swc", "no_samples missing_columns"),
    ("soma_below_neurite.swc", "soma_below_neurite flat_neurite"),
    ("soma_contour_six.swc", "soma_contour"),
    ("soma_two_points.swc", "soma_convention"),
    ("tabs_crlf_trailing_space.swc", "flat_neurite"),
    ("two_roots.swc", "forest flat_neurite"),
    ("two_somata.swc", "forest several_somata flat_neurite"),
    ("type_changes_mid_branch.swc", "type_change flat_neurite"),
    ("type_fifty.swc", "custom_type flat_neurite"),
    ("type_negative.swc", "bad_type undefined_type flat_neurite"),
    ("type_seven.swc", "custom_type flat_neurite"),
    ("type_zero.swc", "undefined_type flat_neurite"),
    ("word_as_number.swc", "bad_coordinate flat_neurite"),
    ("zero_radius.swc", "zero_radius flat_neurite"),
];

/// Codes of files in which there is no neuron.
const NO_TREE: [&str; 3] = ["not_swc", "unreadable", "no_samples"];

fn every_file_gives(folder: &str, expected: &[(&str, &str)]) {
    let Some(data) = data() else { return };
    let found = std::fs::read_dir(data.join(folder)).unwrap().count();
    assert_eq!(found, expected.len(), "{folder}");
    let out = tempfile::tempdir().unwrap();
    for (file, codes) in expected {
        let plan = diagnose(&data.join(folder).join(file)).unwrap();
        let findings = &plan.files[0].findings;
        let found: Vec<&str> = findings.iter().map(|f| f.code.name()).collect();
        assert_eq!(found.join(" "), *codes, "{file}");
        assert_eq!(plan.files[0].validation.len(), 13);
        let strict = read(data.join(folder).join(file));
        let stops = findings.iter().any(|f| f.severity() == Severity::Error);
        assert_eq!(strict.is_err(), stops, "{file}: the strict reader and the diagnosis disagree");
        let applied = plan.apply(out.path(), &ApplyOptions { copy_unchanged: true }).unwrap();
        let has_tree = !NO_TREE.iter().any(|code| codes.contains(code));
        assert_eq!(applied.files[0].written.is_some(), has_tree, "{applied}");
        if let Some(path) = &applied.files[0].written {
            let neuron = read_swc(path).unwrap_or_else(|e| panic!("{file}: {e}")).morphology;
            neuron.check_invariants().unwrap();
            // What no finding speaks of stays: a file that can be read gives the same neuron.
            if let Ok(reading) = strict {
                let name = reading.morphology.name.clone();
                assert_eq!(Morphology { name, ..neuron }, reading.morphology, "{file}");
            }
        }
    }
}

#[test]
fn odd_files_give_their_codes_and_can_be_read_once_repaired() {
    every_file_gives("odd/files", ODD);
}

#[test]
fn variants_of_a_good_file_give_their_codes_and_can_be_read_once_repaired() {
    every_file_gives("morphometrics/swc_odd", VARIANTS);
}

/// Every cure at once, whatever it is: still a neuron that can be read.
#[test]
fn all_cures_together_leave_a_sound_neuron() {
    let Some(data) = data() else { return };
    let out = tempfile::tempdir().unwrap();
    for (folder, files) in [("odd/files", ODD), ("morphometrics/swc_odd", VARIANTS)] {
        for (file, codes) in files.iter().filter(|(_, codes)| !NO_TREE.iter().any(|code| codes.contains(code))) {
            let mut plan = diagnose(&data.join(folder).join(file)).unwrap();
            for code in codes.split(' ').filter(|code| !["unit_header", "odd_size", ""].contains(code)) {
                // Notes have no cure.
                drop(plan.accept(code, None));
            }
            let applied = plan.apply(out.path(), &ApplyOptions { copy_unchanged: true }).unwrap();
            let path = applied.files[0].written.as_ref().unwrap_or_else(|| panic!("{applied}"));
            let neuron = read_swc(path).unwrap_or_else(|e| panic!("{file}: {e}")).morphology;
            neuron.check_invariants().unwrap();
            assert_eq!(neuron.n_roots(), 1, "{file}");
        }
    }
}
