//! What can be found in a file, by name.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::cure::{Convention, Cure};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// No neuron can be read without a cure, which is therefore accepted unless it is rejected.
    Error,
    /// The file can be read, and may not mean what it says.
    Warning,
    /// Worth knowing.
    Note,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $name:literal $severity:ident $cure:expr;)*) => {
        /// What a finding is about. The order is that of the reports.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Code {
            /// All codes.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// The name that scripts and plans use.
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// How much it matters.
            pub fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)* }
            }

            /// The cure that is proposed, where there is one.
            pub(super) fn cure(self) -> Option<Cure> {
                match self { $(Code::$variant => $cure,)* }
            }
        }
    };
}

codes! {
    /// Another format, or no text at all.
    NotSwc "not_swc" Error None;
    /// A file of another format than SWC that its reader refuses, or one that the system does not give.
    Unreadable "unreadable" Error None;
    /// Not one line is a sample.
    NoSamples "no_samples" Error None;
    /// NUL bytes in a line, read as blanks.
    NulBytes "nul_bytes" Error Some(Cure::Rewrite);
    /// Commas or semicolons between columns.
    Separators "separators" Error Some(Cure::Rewrite);
    /// Decimal commas.
    DecimalComma "decimal_comma" Error Some(Cure::Rewrite);
    /// A line of words without `#`.
    TextLine "text_line" Error Some(Cure::DropLine);
    /// A line with fewer than seven columns.
    MissingColumns "missing_columns" Error Some(Cure::DropLine);
    /// A sample number that is no whole number from 0 to 2^63.
    BadId "bad_id" Error Some(Cure::Renumber);
    /// A type that is no whole number from 0 to 65535.
    BadType "bad_type" Error Some(Cure::Retype { to: Some(0) });
    /// A coordinate that is no number, or out of range.
    BadCoordinate "bad_coordinate" Error Some(Cure::Interpolate);
    /// A radius that is no number.
    MissingRadius "missing_radius" Error Some(Cure::Radius { value: None });
    /// A parent that is no whole number of -1 or more.
    BadParent "bad_parent" Error Some(Cure::MakeRoot);
    /// The same sample twice, word for word.
    RepeatedLine "repeated_line" Error Some(Cure::DropLine);
    /// Two samples of one number.
    DuplicateId "duplicate_id" Error Some(Cure::Renumber);
    /// A parent that no line defines.
    MissingParent "missing_parent" Error Some(Cure::MakeRoot);
    /// A sample that is its own parent.
    SelfParent "self_parent" Error Some(Cure::MakeRoot);
    /// Samples that are each other's parents.
    Cycle "cycle" Error Some(Cure::Cut { sample: None });
    /// A forest.
    Forest "forest" Warning Some(Cure::Join { max_gap: None });
    /// The root is no soma sample, though there is one in its tree.
    SomaBelowNeurite "soma_below_neurite" Warning Some(Cure::Reroot);
    /// Somata in several places.
    SeveralSomata "several_somata" Warning Some(Cure::OneSoma);
    /// A soma of many samples that branches, and is not the three-point soma of NeuroMorpho.Org.
    BranchingSoma "branching_soma" Warning Some(Cure::Soma { to: Convention::OnePoint });
    /// A soma that is drawn as an outline.
    SomaContour "soma_contour" Warning Some(Cure::Soma { to: Convention::OnePoint });
    /// A soma of several samples in another convention than one point.
    SomaConvention "soma_convention" Note Some(Cure::Soma { to: Convention::OnePoint });
    /// No soma.
    NoSoma "no_soma" Note None;
    /// Nothing but soma.
    NoNeurites "no_neurites" Note None;
    /// Neurites that are all axon.
    AxonOnly "axon_only" Note None;
    /// All samples at one point.
    OnePoint "one_point" Warning None;
    /// Samples of radius 0.
    ZeroRadius "zero_radius" Warning Some(Cure::Radius { value: None });
    /// Samples of negative radius.
    NegativeRadius "negative_radius" Warning Some(Cure::Radius { value: None });
    /// Samples that lie where their parent lies.
    ZeroLength "zero_length" Warning Some(Cure::Merge);
    /// Samples of type 0.
    UndefinedType "undefined_type" Warning Some(Cure::Retype { to: None });
    /// Samples of a type above 4.
    CustomType "custom_type" Note Some(Cure::Retype { to: None });
    /// A type that changes within a neurite.
    TypeChange "type_change" Note None;
    /// Roots with parent 0.
    RootParentZero "root_parent_zero" Warning Some(Cure::Rewrite);
    /// Whole numbers written with a point.
    FloatNumbers "float_numbers" Note Some(Cure::Rewrite);
    /// Children before their parents.
    ChildBeforeParent "child_before_parent" Note Some(Cure::Rewrite);
    /// Numbers that are not 1, 2, 3, …
    NotSequential "not_sequential" Note Some(Cure::Renumber);
    /// More than seven columns, of which the others are not kept.
    ExtraColumns "extra_columns" Warning Some(Cure::Rewrite);
    /// A comment names another unit than the micrometre.
    UnitHeader "unit_header" Warning Some(Cure::Scale { factor: None });
    /// A comment gives an offset.
    OffsetHeader "offset_header" Warning Some(Cure::Translate { by: [0.0; 3] });
    /// A comment gives a scale.
    ScaleHeader "scale_header" Warning Some(Cure::Scale { factor: None });
    /// Branches that start with another radius than the sample they leave from.
    BranchRadius "branch_radius" Note None;
    /// Branches that start within a segment.
    BranchWithin "branch_within" Note None;
    /// Spines, markers and other things that are no part of the tree.
    Skipped "skipped" Note None;
    /// A glia.
    Glia "glia" Note None;
    /// An extent that hardly is in micrometres.
    OddSize "odd_size" Warning Some(Cure::Scale { factor: None });
    /// Neighbours far apart in z (NeuroM `has_no_jumps`).
    Jump "jump" Note None;
    /// A tip that is much thicker than its branch (NeuroM `has_no_fat_ends`).
    FatEnd "fat_end" Note None;
    /// A neurite that starts thinner than it goes on (NeuroM `has_no_narrow_start`).
    NarrowStart "narrow_start" Note None;
    /// A branch that turns back into itself (NeuroM `has_no_back_tracking`).
    BackTracking "back_tracking" Note None;
    /// A neurite without depth (NeuroM `has_no_flat_neurites`).
    FlatNeurite "flat_neurite" Note None;
    /// A neurite that starts far from the soma (NeuroM `has_no_dangling_branch`).
    DanglingBranch "dangling_branch" Note None;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Severity {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}
