//! The cell classes: one entry each, every number with its unit given in `class.rs`.

use super::class::{Arbor, Around, Axis, Calibre, Class, Fan, Growth, Twigs, Walk};
use crate::morph::kind::{APICAL, AXON, DENDRITE};

/// A plain branch that does not fork; what a class does not state for a tree, it takes from here.
const PLAIN: Walk = Walk {
    reach: Around(60.0, 20.0),
    forks: 0.0,
    tau: 60.0,
    order: 0.0,
    angle: Around(62.0, 14.0),
    side: 0.9,
    wobble: 0.42,
    drift: 0.04,
    up: 0.0,
    out: 0.003,
};

/// A dendrite that forks near the soma and ends in long straight branches, as of most cortical cells.
const BASAL: Walk = Walk { reach: Around(130.0, 25.0), forks: 3.3, tau: 35.0, ..PLAIN };

/// A winding, thin collateral.
const COLLATERAL: Walk = Walk {
    reach: Around(220.0, 60.0),
    forks: 5.0,
    tau: 150.0,
    angle: Around(80.0, 15.0),
    side: 0.6,
    wobble: 0.4,
    drift: 0.05,
    out: 0.002,
    ..PLAIN
};

/// The straight main branch of an axon on its way down to the white matter.
const DESCENDING: Walk = Walk { wobble: 0.25, drift: 0.02, up: -0.03, out: 0.0, ..PLAIN };

const BASAL_CALIBRE: Calibre = Calibre { stem: Around(0.9, 0.15), tip: 0.3, taper: 400.0 };
const AXON_CALIBRE: Calibre = Calibre { stem: Around(0.55, 0.08), tip: 0.14, taper: 400.0 };

pub(super) const CLASSES: &[Class] = &[
    Class {
        name: "pyramidal",
        summary: "layer 2/3 pyramidal cell: apical trunk with obliques and a tuft, basal skirt, descending axon",
        soma: Around(7.5, 0.7),
        pia: Around(260.0, 25.0),
        depth: 1.0,
        arbors: &[
            Arbor {
                kind: APICAL,
                stems: Around(1.0, 0.0),
                zone: [82.0, 90.0],
                calibre: Calibre { stem: Around(1.7, 0.25), tip: 0.3, taper: 500.0 },
                growth: Growth::Axis(Axis {
                    length: Around(115.0, 25.0),
                    trunk: Walk { wobble: 0.2, drift: 0.02, up: 0.03, out: 0.0, ..PLAIN },
                    sides: [0.15, 0.9],
                    spacing: 24.0,
                    angle: Around(68.0, 12.0),
                    side: Walk { reach: Around(95.0, 25.0), forks: 0.8, tau: 40.0, ..PLAIN },
                    crown: Walk {
                        reach: Around(165.0, 25.0),
                        forks: 6.0,
                        tau: 60.0,
                        angle: Around(70.0, 14.0),
                        up: 0.003,
                        out: 0.0,
                        ..PLAIN
                    },
                }),
            },
            Arbor {
                kind: DENDRITE,
                stems: Around(5.5, 1.0),
                zone: [-65.0, 15.0],
                calibre: BASAL_CALIBRE,
                growth: Growth::Walk(BASAL),
            },
            Arbor {
                kind: AXON,
                stems: Around(1.0, 0.0),
                zone: [-90.0, -78.0],
                calibre: AXON_CALIBRE,
                growth: Growth::Axis(Axis {
                    length: Around(330.0, 60.0),
                    trunk: DESCENDING,
                    sides: [0.15, 0.8],
                    spacing: 80.0,
                    angle: Around(85.0, 12.0),
                    side: Walk { forks: 1.5, ..COLLATERAL },
                    crown: PLAIN,
                }),
            },
        ],
    },
    Class {
        name: "tufted",
        summary: "thick-tufted layer 5 pyramidal cell: long thick trunk, wide tuft below the pia",
        soma: Around(9.5, 0.8),
        pia: Around(640.0, 40.0),
        depth: 1.0,
        arbors: &[
            Arbor {
                kind: APICAL,
                stems: Around(1.0, 0.0),
                zone: [83.0, 90.0],
                calibre: Calibre { stem: Around(2.6, 0.3), tip: 0.3, taper: 1200.0 },
                growth: Growth::Axis(Axis {
                    length: Around(440.0, 40.0),
                    trunk: Walk { wobble: 0.15, drift: 0.015, up: 0.03, out: 0.0, ..PLAIN },
                    sides: [0.06, 0.5],
                    spacing: 26.0,
                    angle: Around(72.0, 12.0),
                    side: Walk { reach: Around(120.0, 30.0), forks: 0.5, tau: 40.0, ..PLAIN },
                    crown: Walk {
                        reach: Around(250.0, 30.0),
                        forks: 11.0,
                        tau: 80.0,
                        order: 0.2,
                        angle: Around(82.0, 15.0),
                        up: 0.002,
                        out: 0.0,
                        ..PLAIN
                    },
                }),
            },
            Arbor {
                kind: DENDRITE,
                stems: Around(6.5, 1.0),
                zone: [-75.0, 15.0],
                calibre: Calibre { stem: Around(1.2, 0.2), tip: 0.3, taper: 400.0 },
                growth: Growth::Walk(Walk { reach: Around(150.0, 30.0), ..BASAL }),
            },
            Arbor {
                kind: AXON,
                stems: Around(1.0, 0.0),
                zone: [-90.0, -80.0],
                calibre: AXON_CALIBRE,
                growth: Growth::Axis(Axis {
                    length: Around(400.0, 60.0),
                    trunk: DESCENDING,
                    sides: [0.15, 0.6],
                    spacing: 80.0,
                    angle: Around(85.0, 12.0),
                    side: Walk { forks: 1.0, ..COLLATERAL },
                    crown: PLAIN,
                }),
            },
        ],
    },
    Class {
        name: "untufted",
        summary: "slender pyramidal cell of layer 6: thin trunk with short obliques, hardly a tuft",
        soma: Around(7.0, 0.7),
        pia: Around(900.0, 40.0),
        depth: 1.0,
        arbors: &[
            Arbor {
                kind: APICAL,
                stems: Around(1.0, 0.0),
                zone: [80.0, 90.0],
                calibre: Calibre { stem: Around(1.5, 0.2), tip: 0.3, taper: 900.0 },
                growth: Growth::Axis(Axis {
                    length: Around(360.0, 60.0),
                    trunk: Walk { wobble: 0.2, drift: 0.02, up: 0.03, out: 0.0, ..PLAIN },
                    sides: [0.05, 0.8],
                    spacing: 27.0,
                    angle: Around(72.0, 12.0),
                    side: Walk { reach: Around(75.0, 20.0), forks: 0.3, tau: 30.0, ..PLAIN },
                    crown: Walk { reach: Around(85.0, 20.0), forks: 1.2, tau: 40.0, up: 0.01, ..PLAIN },
                }),
            },
            Arbor {
                kind: DENDRITE,
                stems: Around(5.5, 1.0),
                zone: [-70.0, 25.0],
                calibre: BASAL_CALIBRE,
                growth: Growth::Walk(Walk { reach: Around(115.0, 20.0), forks: 2.0, tau: 30.0, ..BASAL }),
            },
            Arbor {
                kind: AXON,
                stems: Around(1.0, 0.0),
                zone: [-90.0, -78.0],
                calibre: AXON_CALIBRE,
                growth: Growth::Axis(Axis {
                    length: Around(260.0, 50.0),
                    trunk: DESCENDING,
                    sides: [0.2, 0.9],
                    spacing: 90.0,
                    angle: Around(80.0, 12.0),
                    side: Walk { forks: 1.5, up: 0.02, ..COLLATERAL },
                    crown: PLAIN,
                }),
            },
        ],
    },
    Class {
        name: "spiny_stellate",
        summary: "spiny stellate cell of layer 4: a small star of dendrites, axon in a column upwards",
        soma: Around(6.5, 0.6),
        pia: Around(450.0, 30.0),
        depth: 0.8,
        arbors: &[
            Arbor {
                kind: DENDRITE,
                stems: Around(4.5, 0.8),
                zone: [-80.0, 80.0],
                calibre: BASAL_CALIBRE,
                growth: Growth::Walk(Walk {
                    reach: Around(135.0, 25.0),
                    forks: 5.5,
                    tau: 45.0,
                    wobble: 0.5,
                    drift: 0.055,
                    ..BASAL
                }),
            },
            Arbor {
                kind: AXON,
                stems: Around(1.0, 0.0),
                zone: [-90.0, -60.0],
                calibre: AXON_CALIBRE,
                growth: Growth::Axis(Axis {
                    length: Around(150.0, 30.0),
                    trunk: DESCENDING,
                    sides: [0.2, 1.0],
                    spacing: 50.0,
                    angle: Around(85.0, 15.0),
                    side: Walk { reach: Around(380.0, 60.0), forks: 4.0, tau: 250.0, up: 0.02, ..COLLATERAL },
                    crown: PLAIN,
                }),
            },
        ],
    },
    Class {
        name: "basket",
        summary: "basket cell: smooth radiating dendrites in a dense local axon",
        soma: Around(8.0, 0.9),
        pia: Around(500.0, 60.0),
        depth: 1.0,
        arbors: &[
            Arbor {
                kind: DENDRITE,
                stems: Around(5.5, 1.2),
                zone: [-90.0, 90.0],
                calibre: Calibre { stem: Around(0.8, 0.15), tip: 0.25, taper: 350.0 },
                growth: Growth::Walk(Walk {
                    reach: Around(165.0, 35.0),
                    forks: 3.0,
                    tau: 70.0,
                    wobble: 0.5,
                    drift: 0.04,
                    ..BASAL
                }),
            },
            Arbor {
                kind: AXON,
                stems: Around(1.0, 0.0),
                zone: [40.0, 90.0],
                calibre: AXON_CALIBRE,
                growth: Growth::Axis(Axis {
                    length: Around(45.0, 15.0),
                    trunk: Walk { wobble: 0.3, up: 0.01, ..PLAIN },
                    sides: [0.3, 1.0],
                    spacing: 15.0,
                    angle: Around(85.0, 20.0),
                    side: Walk { reach: Around(230.0, 55.0), forks: 20.0, tau: 160.0, side: 0.5, ..COLLATERAL },
                    crown: Walk { reach: Around(230.0, 55.0), forks: 20.0, tau: 160.0, side: 0.5, ..COLLATERAL },
                }),
            },
        ],
    },
    Class {
        name: "martinotti",
        summary: "Martinotti cell: axon ascends to spread in layer 1, bitufted dendrites point down",
        soma: Around(7.5, 0.8),
        pia: Around(420.0, 40.0),
        depth: 1.0,
        arbors: &[
            Arbor {
                kind: DENDRITE,
                stems: Around(2.6, 0.6),
                zone: [-90.0, -45.0],
                calibre: Calibre { stem: Around(0.9, 0.15), tip: 0.25, taper: 350.0 },
                growth: Growth::Walk(Walk {
                    reach: Around(230.0, 40.0),
                    forks: 7.5,
                    tau: 90.0,
                    side: 0.6,
                    wobble: 0.5,
                    up: -0.004,
                    ..BASAL
                }),
            },
            Arbor {
                kind: DENDRITE,
                stems: Around(1.4, 0.5),
                zone: [30.0, 80.0],
                calibre: Calibre { stem: Around(0.7, 0.12), tip: 0.25, taper: 350.0 },
                growth: Growth::Walk(Walk { reach: Around(120.0, 30.0), forks: 3.0, tau: 60.0, wobble: 0.5, ..BASAL }),
            },
            Arbor {
                kind: AXON,
                stems: Around(1.0, 0.0),
                zone: [70.0, 90.0],
                calibre: AXON_CALIBRE,
                growth: Growth::Axis(Axis {
                    length: Around(370.0, 30.0),
                    trunk: Walk { wobble: 0.3, drift: 0.03, up: 0.03, out: 0.0, ..PLAIN },
                    sides: [0.03, 0.95],
                    spacing: 40.0,
                    angle: Around(75.0, 15.0),
                    side: Walk { reach: Around(120.0, 40.0), forks: 3.0, tau: 100.0, ..COLLATERAL },
                    crown: Walk {
                        reach: Around(290.0, 60.0),
                        forks: 20.0,
                        tau: 120.0,
                        angle: Around(95.0, 20.0),
                        side: 0.7,
                        ..COLLATERAL
                    },
                }),
            },
        ],
    },
    Class {
        name: "chandelier",
        summary: "chandelier cell: an axon hung with short vertical cartridges, dendrites mostly upwards",
        soma: Around(7.0, 0.7),
        pia: Around(260.0, 25.0),
        depth: 0.8,
        arbors: &[
            Arbor {
                kind: DENDRITE,
                stems: Around(3.5, 0.7),
                zone: [25.0, 85.0],
                calibre: Calibre { stem: Around(0.8, 0.12), tip: 0.25, taper: 350.0 },
                growth: Growth::Walk(Walk { reach: Around(210.0, 35.0), forks: 3.0, tau: 80.0, up: 0.006, ..BASAL }),
            },
            Arbor {
                kind: DENDRITE,
                stems: Around(2.0, 0.5),
                zone: [-85.0, -40.0],
                calibre: Calibre { stem: Around(0.6, 0.1), tip: 0.25, taper: 350.0 },
                growth: Growth::Walk(Walk { reach: Around(90.0, 20.0), forks: 1.0, ..BASAL }),
            },
            Arbor {
                kind: AXON,
                stems: Around(1.0, 0.0),
                zone: [-90.0, -60.0],
                calibre: AXON_CALIBRE,
                growth: Growth::Cartridges(
                    Axis {
                        length: Around(50.0, 15.0),
                        trunk: Walk { wobble: 0.3, ..PLAIN },
                        sides: [0.3, 1.0],
                        spacing: 16.0,
                        angle: Around(80.0, 15.0),
                        side: Walk { reach: Around(165.0, 35.0), forks: 6.0, tau: 120.0, ..COLLATERAL },
                        crown: Walk { reach: Around(165.0, 35.0), forks: 6.0, tau: 120.0, ..COLLATERAL },
                    },
                    Twigs {
                        spacing: 21.0,
                        clear: 30.0,
                        walk: Walk { reach: Around(28.0, 7.0), wobble: 0.15, drift: 0.01, out: 0.0, ..PLAIN },
                    },
                ),
            },
        ],
    },
    Class {
        name: "purkinje",
        summary: "cerebellar Purkinje cell: a dense flat fan of dendrites, descending axon",
        soma: Around(9.5, 0.8),
        pia: Around(300.0, 20.0),
        depth: 1.0,
        arbors: &[
            Arbor {
                kind: DENDRITE,
                stems: Around(1.0, 0.0),
                zone: [84.0, 90.0],
                calibre: Calibre { stem: Around(3.0, 0.3), tip: 0.4, taper: 400.0 },
                growth: Growth::Fan(Fan {
                    trunk: Around(18.0, 5.0),
                    width: Around(205.0, 25.0),
                    height: Around(185.0, 18.0),
                    lean: Around(0.0, 0.2),
                    thickness: 4.0,
                    swing: 0.07,
                    limbs: 55.0,
                    limb_balance: 0.3,
                    spacing: 5.0,
                    balance: 0.2,
                    gaps: 0.1,
                }),
            },
            Arbor {
                kind: AXON,
                stems: Around(1.0, 0.0),
                zone: [-90.0, -75.0],
                calibre: AXON_CALIBRE,
                growth: Growth::Axis(Axis {
                    length: Around(200.0, 40.0),
                    trunk: DESCENDING,
                    sides: [0.3, 0.9],
                    spacing: 90.0,
                    angle: Around(100.0, 15.0),
                    side: Walk { reach: Around(120.0, 30.0), forks: 1.0, up: 0.02, ..COLLATERAL },
                    crown: PLAIN,
                }),
            },
        ],
    },
    Class {
        name: "granule",
        summary: "granule cell of the dentate gyrus: a cone of thin dendrites up to the fissure, mossy fibre down",
        soma: Around(5.5, 0.4),
        pia: Around(240.0, 20.0),
        depth: 0.55,
        arbors: &[
            Arbor {
                kind: DENDRITE,
                stems: Around(2.4, 0.7),
                zone: [62.0, 90.0],
                calibre: Calibre { stem: Around(0.9, 0.15), tip: 0.3, taper: 500.0 },
                growth: Growth::Walk(Walk {
                    reach: Around(400.0, 30.0),
                    forks: 5.5,
                    tau: 75.0,
                    order: 0.3,
                    angle: Around(45.0, 10.0),
                    side: 1.2,
                    wobble: 0.3,
                    drift: 0.02,
                    up: 0.003,
                    ..BASAL
                }),
            },
            Arbor {
                kind: AXON,
                stems: Around(1.0, 0.0),
                zone: [-90.0, -75.0],
                calibre: Calibre { stem: Around(0.4, 0.05), tip: 0.14, taper: 400.0 },
                growth: Growth::Axis(Axis {
                    length: Around(180.0, 40.0),
                    trunk: Walk { up: -0.01, ..COLLATERAL },
                    sides: [0.2, 1.0],
                    spacing: 55.0,
                    angle: Around(75.0, 15.0),
                    side: Walk { reach: Around(110.0, 30.0), forks: 1.0, ..COLLATERAL },
                    crown: PLAIN,
                }),
            },
        ],
    },
    Class {
        name: "motoneuron",
        summary: "spinal motoneuron: a big soma with many long straight dendrites all round, axon leaving",
        soma: Around(17.0, 2.0),
        pia: Around(2000.0, 0.0),
        depth: 1.0,
        arbors: &[
            Arbor {
                kind: DENDRITE,
                stems: Around(7.5, 1.2),
                zone: [-90.0, 90.0],
                calibre: Calibre { stem: Around(2.4, 0.4), tip: 0.35, taper: 500.0 },
                growth: Growth::Walk(Walk {
                    reach: Around(245.0, 55.0),
                    forks: 6.3,
                    tau: 120.0,
                    angle: Around(65.0, 15.0),
                    side: 0.75,
                    wobble: 0.4,
                    drift: 0.03,
                    ..BASAL
                }),
            },
            Arbor {
                kind: AXON,
                stems: Around(1.0, 0.0),
                zone: [-80.0, -20.0],
                calibre: Calibre { stem: Around(1.2, 0.1), tip: 0.4, taper: 2000.0 },
                growth: Growth::Axis(Axis {
                    length: Around(550.0, 80.0),
                    trunk: Walk { wobble: 0.15, drift: 0.015, out: 0.01, ..PLAIN },
                    sides: [0.3, 0.7],
                    spacing: 150.0,
                    angle: Around(85.0, 15.0),
                    side: Walk { reach: Around(150.0, 40.0), forks: 1.5, ..COLLATERAL },
                    crown: PLAIN,
                }),
            },
        ],
    },
];
