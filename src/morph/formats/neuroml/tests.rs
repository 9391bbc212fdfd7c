//! Documents written by hand, and what writing gives.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::morph::testing::forest;
use crate::morph::{Morphology, NO_PARENT, parse_swc};
use crate::run::seed;

fn document(segments: &str) -> String {
    format!(
        "<neuroml xmlns=\"http://www.neuroml.org/schema/neuroml2\" id=\"d\">\n<cell id=\"c\"><morphology id=\"m\">\n{segments}</morphology></cell></neuroml>"
    )
}

fn read(segments: &str) -> Reading {
    parse("cell", document(segments).as_bytes()).unwrap().remove(0)
}

#[test]
fn segments_become_samples() {
    let reading = read(
        r#"<segment id="0" name="Soma"><proximal x="0" y="0" z="0" diameter="10"/><distal x="0" y="8" z="0" diameter="10"/></segment>
<segment id="1"><parent segment="0" fractionAlong="0.5"/><proximal x="5" y="4" z="0" diameter="2"/><distal x="9" y="4" z="0" diameter="1"/></segment>
<segment id="2"><parent segment="1"/><distal x="12" y="4" z="0" diameter="1"/></segment>
<segment id="3"><parent segment="1"/><proximal x="9" y="4" z="0" diameter="0.5"/><distal x="12" y="9" z="0" diameter="0.5"/></segment>
<segment id="4"><parent segment="0" fractionAlong="0"/><distal x="0" y="-20" z="0" diameter="1"/></segment>
<segmentGroup id="soma_group" neuroLexId="GO:0043025"><member segment="0"/></segmentGroup>
<segmentGroup id="all"><member segment="0"/><member segment="1"/></segmentGroup>
<segmentGroup id="dendrite_group"><include segmentGroup="d1"/><include segmentGroup="apical_dendrite_group"/></segmentGroup>
<segmentGroup id="d1"><include segmentGroup="dendrite_group"/><member segment="1"/><member segment="2"/></segmentGroup>
<segmentGroup id="apical_dendrite_group"><member segment="3"/></segmentGroup>
<segmentGroup id="cable" neuroLexId="GO:0030424"><member segment="4"/></segmentGroup>
"#,
    );
    let neuron = &reading.morphology;
    // 5 is the soma's proximal end, 6 its middle, 7 where segment 1 begins, 5 µm beside it.
    assert_eq!(neuron.id, [5, 6, 0, 7, 1, 2, 3, 4]);
    assert_eq!(neuron.parent, [NO_PARENT, 0, 1, 1, 3, 4, 4, 0]);
    assert_eq!(neuron.kind, [1, 1, 1, 3, 3, 3, 4, 2]);
    assert_eq!((neuron.position[1], neuron.radius[1]), ([0.0, 4.0, 0.0], 5.0));
    assert_eq!((&*neuron.name, neuron.total_length()), ("cell", 4.0 + 3.0 + f64::sqrt(34.0)));
    let codes: Vec<_> = reading.warnings.iter().map(|w| w.code.name()).collect();
    assert_eq!(codes, ["branch_within", "branch_radius"]);
}

#[test]
fn a_child_may_stand_before_its_parent_and_names_give_types() {
    let reading = read(
        "<segment id='7' name='axon_1'><parent segment='3'/><distal x='1' y='0' z='0' diameter='1'/></segment>\
         <segment id='3' name='soma'><proximal x='0' y='0' z='0' diameter='4'/><distal x='0' y='0' z='0' diameter='4'/></segment>",
    );
    assert_eq!((reading.morphology.id, reading.morphology.kind), (vec![3, 7], vec![1, 2]));
}

#[test]
fn several_cells_have_names() {
    let cell = |id: &str| {
        format!(
            "<cell id='{id}'><morphology><segment id='0'><distal x='0' y='0' z='0' diameter='1'/></segment></morphology></cell>"
        )
    };
    let text = format!("<neuroml>{}{}{}</neuroml>", cell("a"), cell("b"), cell("a"));
    let names: Vec<_> =
        parse("file", text.as_bytes()).unwrap().into_iter().map(|r| r.morphology.name.to_string()).collect();
    assert_eq!(names, ["a", "b", "a_2"]);
}

#[test]
fn faults_have_lines_and_cures() {
    let segment = |id: &str, parent: &str| {
        format!("<segment id='{id}'><parent segment='{parent}'/><distal x='0' y='0' z='0' diameter='1'/></segment>\n")
    };
    let cases = [
        (document(&[segment("1", "2"), segment("2", "1")].concat()), Some(3), "segment `1` is its own ancestor"),
        (document(&segment("1", "9")), Some(3), "segment `1` has parent `9`, which does not exist"),
        (document(&[segment("1", "2"), segment("1", "2")].concat()), Some(4), "segment `1` occurs twice"),
        (document(&segment("-1", "2")), Some(3), "segment `-1` is not a whole number"),
        (
            document(&segment("9223372036854775807", "0")).replace("<parent segment='0'/>", ""),
            None,
            "the number is too large",
        ),
        (document("<segment id='1'/>"), Some(3), "segment `1` has no `<distal>`"),
        (
            document("<segment id='1'><distal x='a' y='0' z='0' diameter='1'/></segment>"),
            Some(3),
            "`x` of `<distal>` is `a`",
        ),
        (document("<segment id='1'><distal x='NaN' y='0' z='0' diameter='1'/></segment>"), Some(3), "x is `NaN`"),
        (document(&segment("1", "1' fractionAlong='2")), Some(3), "`fractionAlong` is `2`"),
        (document(""), None, "no samples"),
        ("<neuroml>".into(), Some(1), "no XML"),
        ("<things/>".into(), None, "a Knossos skeleton"),
        ("<neuroml><cells><cell><segments/></cell></cells></neuroml>".into(), None, "NeuroML of version 1"),
    ];
    for (text, line, expected) in cases {
        let error = parse("cell", text.as_bytes()).unwrap_err();
        assert!(error.message.contains(expected) && error.help.is_some(), "{error}: {expected}");
        assert_eq!(error.line, line, "{error}");
    }
}

#[test]
fn what_is_written_reads_back_identical() {
    for case in 0..5 {
        let neuron = forest(&mut seed::stream(12, "neuroml", case), 200, 1 + case as usize);
        let again = parse(&neuron.name, neuron.to_neuroml().unwrap().as_bytes()).unwrap();
        assert_eq!(again[0].morphology, neuron);
    }
    let text = b"7 1 -0.0 1e-300 123456.78901234567 1e-8 -1\n3 300 0.1 -999999999999999.9 2 0.30000000000000004 7\n9 0 1 1 1 0 7\n";
    let first: Morphology = parse_swc("6 <x>", text).unwrap().morphology;
    let written = first.to_neuroml().unwrap();
    assert!(written.contains("<cell id=\"cell_6__x_\">"), "{written}");
    assert_eq!(parse("6 <x>", written.as_bytes()).unwrap()[0].morphology, first);
}

#[test]
fn deep_elements_and_long_chains_exhaust_no_stack() {
    let n = 100_000;
    let nested = format!("<neuroml>{}{}</neuroml>", "<a>".repeat(n), "</a>".repeat(n));
    assert!(parse("cell", nested.as_bytes()).is_err());
    let chain: String = (0..n)
        .rev()
        .map(|i| {
            let parent = if i == 0 { String::new() } else { format!("<parent segment='{}'/>", i - 1) };
            format!("<segment id='{i}'>{parent}<distal x='{i}' y='0' z='0' diameter='1'/></segment>")
        })
        .collect();
    let neuron = read(&chain).morphology;
    assert_eq!((neuron.len(), neuron.n_leaves(), neuron.length_all_edges()), (n, 1, (n - 1) as f64));
}
