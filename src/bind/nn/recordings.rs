//! `nn::` for recordings: designs of networks that forecast and tell states.

use rhai::plugin::*;
use rhai::{Engine, Map, Module};

use crate::nn::activity::{Design, Gru, Mlp, Relational};
use crate::nn::nri::Nri;
use crate::script::registry::{self, Handles};
use crate::script::takes::{Takes, part};
use crate::script::{Options, RhaiResultOf};

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("nn::mlp", &[part::<Mlp>()], &[]),
    Takes::new("nn::gru", &[part::<Gru>()], &[]),
    Takes::new("nn::relational", &[part::<Relational>()], &[]),
    Takes::new("nn::nri", &[part::<Nri>()], &[]),
];

/// Installs the type of designs.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<Design>("NetworkDesign");
    engine.register_fn("to_string", |design: &mut Design| design.to_string());
    engine.register_fn("to_debug", |design: &mut Design| design.to_string());
    engine.handle::<Nri>("InferenceDesign");
    engine.register_fn("to_string", |design: &mut Nri| design.to_string());
    engine.register_fn("to_debug", |design: &mut Nri| design.to_string());
}

/// The functions that belong into the namespace `nn`.
pub(super) fn functions() -> Module {
    exported_module!(namespace)
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// A network of dense layers over all neurons, with its defaults.
    ///
    /// ```rhai
    /// nn::mlp()
    /// ```
    #[rhai_fn(name = "mlp")]
    pub fn mlp_by_default() -> Design {
        Design::Mlp(Mlp::default())
    }

    /// A network of dense layers over all neurons' values and slopes, for `train::dynamics` and `train::classify`: a
    /// baseline that knows nothing of relations. Options: `hidden` (`[128, 128]`), `lags` (`[1, 2, 4, 8]` frames over which
    /// slopes are taken), `dropout` (0), `rollout` (`"direct"`: all of the horizon at once; `"iterated"`: frame by frame,
    /// predictions fed back).
    ///
    /// ```rhai
    /// nn::mlp(#{ hidden: [64], lags: [1, 2, 4, 8, 15], dropout: 0.5 })
    /// ```
    #[rhai_fn(return_raw)]
    pub fn mlp(ctx: NativeCallContext, options: Map) -> RhaiResultOf<Design> {
        Options::new(&ctx, "nn::mlp", options).parse().map(Design::Mlp)
    }

    /// A gated recurrent unit over the frames, with its defaults.
    ///
    /// ```rhai
    /// nn::gru()
    /// ```
    #[rhai_fn(name = "gru")]
    pub fn gru_by_default() -> Design {
        Design::Gru(Gru::default())
    }

    /// A gated recurrent unit over the frames (Cho et al. 2014), for `train::dynamics` and `train::classify`. Options:
    /// `hidden` (96), `dropout` (0), `rollout` (`"direct"` or `"iterated"`).
    ///
    /// ```rhai
    /// nn::gru(#{ hidden: 64, dropout: 0.3 })
    /// ```
    #[rhai_fn(return_raw)]
    pub fn gru(ctx: NativeCallContext, options: Map) -> RhaiResultOf<Design> {
        Options::new(&ctx, "nn::gru", options).parse().map(Design::Gru)
    }

    /// A graph network with inferred edges, with its defaults.
    ///
    /// ```rhai
    /// nn::relational()
    /// ```
    #[rhai_fn(name = "relational")]
    pub fn relational_by_default() -> Design {
        Design::Relational(Relational::default())
    }

    /// A graph network that infers who acts on whom from the activity, and computes with these edges, for
    /// `train::dynamics` and `train::classify`. Neurons `i` (receiving) and `j` (sending), with learnt identities `E`:
    ///
    /// - `h_i = relu(W_n [f_i, E_i])` of a neuron's value and slopes `f_i`, `c_i = [h_i, E_i]`;
    /// - edges `A_ij = tanh((W_q c_i)·(W_k c_j) / sqrt(key) + S_ij)`: signed, a part of the activity and a static one;
    /// - messages `relu(V h_j)`, `g_i = sum_j A_ij relu(V h_j) / sqrt(N)`;
    /// - changes `y_i = W_2 relu(W_1 [h_i, g_i, E_i])`.
    ///
    /// Options: `lags` (`[1, 2, 4, 8]` frames), `identity` (12), `hidden` (32), `key` (16), `heads` (2 graphs), `readout`
    /// (64); `messages` (`"sum"`, `"concatenate"`: side by side, or `"attention"`: the graph attention of `nn::gat`),
    /// `receiver` (false; messages `relu(U h_i + V h_j)`), `edges` (true; false is the same network without relations),
    /// `static_edges` (true), `dynamic_edges` (true), `dropout` (0, of the readout), `rollout` (`"direct"`, `"iterated"`).
    ///
    /// ```rhai
    /// nn::relational(#{ heads: 2, hidden: 64, edges: false })
    /// ```
    #[rhai_fn(return_raw)]
    pub fn relational(ctx: NativeCallContext, options: Map) -> RhaiResultOf<Design> {
        Options::new(&ctx, "nn::relational", options).parse().map(Design::Relational)
    }

    /// Neural Relational Inference with its defaults.
    ///
    /// ```rhai
    /// nn::nri()
    /// ```
    #[rhai_fn(name = "nri")]
    pub fn nri_by_default() -> Nri {
        Nri::default()
    }

    /// Neural Relational Inference (Kipf et al. 2018), for `train::inference`: an encoder gives each pair of nodes of a
    /// trajectory probabilities of edge types, a decoder predicts the trajectory with a sample of them (Gumbel-softmax); both
    /// learn together, with no edge ever shown. Options: `hidden` (64), `types` (2), `skip_first` (true: the first type is no
    /// edge), `encoder` (`"mlp"` reads the trajectory of each node as a whole, `"cnn"` the frames of both nodes of a pair by
    /// convolutions, for edges that tell from moments), `decoder` (`"mlp"`, or `"recurrent"` for systems with memory),
    /// `temperature` (0.5), `prior` (probabilities of the types; all alike), `steps` (10: in training an mlp decoder starts
    /// anew from the truth after so many frames), `burn_in` (30: frames that a recurrent one is shown in training).
    ///
    /// ```rhai
    /// nn::nri(#{ hidden: 32, decoder: "recurrent", prior: [0.9, 0.1] })
    /// ```
    #[rhai_fn(return_raw)]
    pub fn nri(ctx: NativeCallContext, options: Map) -> RhaiResultOf<Nri> {
        Options::new(&ctx, "nn::nri", options).parse()
    }
}
