//! The projector: what scores the prototypes of self-distillation from a latent.

use tch::{Kind, Tensor};

use super::architecture::{Projector, ProjectorKind};
use super::layers::Initialiser;
use super::weights::Scope;

/// Adds the projector's weights for latents of this width.
pub fn initialise(projector: &Projector, init: &mut Initialiser, latent: usize) {
    let (latent, hidden, prototypes) = (latent as i64, projector.hidden as i64, projector.prototypes as i64);
    match projector.kind {
        ProjectorKind::Mlp => {
            init.linear("projector.0", latent, hidden);
            init.linear("projector.2", hidden, hidden);
            init.linear("projector.4", hidden, hidden);
            init.layer_norm("projector.6", hidden);
            init.linear("projector.7", hidden, prototypes);
        }
        ProjectorKind::Dino => {
            let bottleneck = projector.bottleneck as i64;
            init.linear("projector.mlp.0", latent, hidden);
            init.linear("projector.mlp.2", hidden, hidden);
            init.linear("projector.mlp.4", hidden, bottleneck);
            init.normal("projector.last_layer.weight_v", &[prototypes, bottleneck]);
            if !projector.frozen {
                init.ones("projector.last_layer.weight_g", &[prototypes, 1]);
            }
        }
    }
}

/// Scores of the prototypes, `[graphs, prototypes]`.
pub fn project(projector: &Projector, root: &Scope, latent: &Tensor) -> Tensor {
    match projector.kind {
        ProjectorKind::Mlp => {
            let mut z = latent.shallow_clone();
            for layer in ["projector.0", "projector.2", "projector.4"] {
                z = root.linear(layer, &z).gelu("none");
            }
            root.linear("projector.7", &root.layer_norm("projector.6", &z))
        }
        ProjectorKind::Dino => {
            let mut z = latent.shallow_clone();
            for layer in ["projector.mlp.0", "projector.mlp.2"] {
                z = root.linear(layer, &z).gelu("none");
            }
            let z = unit_rows(&root.linear("projector.mlp.4", &z));
            let directions = unit_rows(root.get("projector.last_layer.weight_v"));
            let prototypes =
                if projector.frozen { directions } else { directions * root.get("projector.last_layer.weight_g") };
            z.linear::<&Tensor>(&prototypes, None)
        }
    }
}

/// Rows scaled to length 1; a row of zeros stays.
fn unit_rows(x: &Tensor) -> Tensor {
    let length = x.square().sum_dim_intlist(-1, true, Kind::Float).clamp_min(1e-24).sqrt();
    x / length
}
