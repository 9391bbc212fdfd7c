//! The KoLeo regulariser (Sablayrolles et al. 2019, as in DINOv2): cells keep a distance from their nearest neighbours.

use tch::Tensor;

use super::unit_rows;

/// Keeps the logarithm of a distance finite.
const EPSILON: f64 = 1e-8;

/// Minus the mean logarithm of the distance from each cell's latent, scaled to length 1, to the nearest other cell's:
/// the entropy of the latents after Kozachenko & Leonenko, but for constants. 0 for a single cell.
pub fn koleo(latents: &Tensor) -> Tensor {
    let z = unit_rows(latents);
    let cells = z.size()[0];
    if cells < 2 {
        return z.sum(z.kind()) * 0.0;
    }
    // The neighbour is a choice, through which no gradient flows.
    let nearest = tch::no_grad(|| z.matmul(&z.tr()).fill_diagonal_(-1.0, false).argmax(1, false));
    let apart = (&z - z.index_select(0, &nearest) + EPSILON).square().sum_dim_intlist(-1, false, z.kind()).sqrt();
    -(apart + EPSILON).log().mean(z.kind())
}
