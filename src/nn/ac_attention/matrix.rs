//! Products of small row-major matrices.

/// A row-major matrix within a slice: rows of `cols` numbers, `stride` apart.
#[derive(Clone, Copy)]
pub struct Mat<'a> {
    /// The numbers, from the matrix' first on.
    pub data: &'a [f32],
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub cols: usize,
    /// Distance between two rows.
    pub stride: usize,
    /// Whether rows and columns are exchanged when the matrix is read.
    pub transposed: bool,
}

/// Where a product goes.
pub struct MatMut<'a> {
    /// The numbers, from the matrix' first on.
    pub data: &'a mut [f32],
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub cols: usize,
    /// Distance between two rows.
    pub stride: usize,
}

impl<'a> Mat<'a> {
    /// A matrix whose rows are `stride` apart.
    pub fn new(data: &'a [f32], rows: usize, cols: usize, stride: usize) -> Self {
        Mat { data, rows, cols, stride, transposed: false }
    }

    /// The matrix with rows and columns exchanged.
    #[must_use]
    pub fn t(self) -> Self {
        Mat { transposed: !self.transposed, ..self }
    }

    /// Rows, columns, distance of rows, distance of columns, as read.
    fn layout(&self) -> (usize, usize, isize, isize) {
        if self.transposed {
            (self.cols, self.rows, 1, self.stride as isize)
        } else {
            (self.rows, self.cols, self.stride as isize, 1)
        }
    }
}

impl<'a> MatMut<'a> {
    /// A matrix whose rows are `stride` apart.
    pub fn new(data: &'a mut [f32], rows: usize, cols: usize, stride: usize) -> Self {
        MatMut { data, rows, cols, stride }
    }
}

/// `into = beta * into + alpha * a b`; with `beta` 0 what stood there is not read.
///
/// # Panics
/// When the shapes do not fit together or a matrix reaches beyond its slice.
#[allow(unsafe_code)]
pub fn product(into: MatMut, beta: f32, a: Mat, b: Mat, alpha: f32) {
    let (m, k, a_row, a_col) = a.layout();
    let (k_too, n, b_row, b_col) = b.layout();
    assert!(k == k_too && into.rows == m && into.cols == n, "matrices of other shapes");
    let within = |len: usize, rows: usize, cols: usize, stride: usize| {
        cols <= stride && (rows == 0 || cols == 0 || (rows - 1) * stride + cols <= len)
    };
    assert!(within(a.data.len(), a.rows, a.cols, a.stride), "a matrix beyond its slice");
    assert!(within(b.data.len(), b.rows, b.cols, b.stride), "a matrix beyond its slice");
    assert!(within(into.data.len(), m, n, into.stride), "a matrix beyond its slice");
    // SAFETY: `sgemm` reads m x k and k x n numbers and writes m x n at the given strides. The assertions above keep every
    // such place within its slice, rows do not overlap (`cols <= stride`), and `into` is borrowed exclusively.
    unsafe {
        matrixmultiply::sgemm(
            m,
            k,
            n,
            alpha,
            a.data.as_ptr(),
            a_row,
            a_col,
            b.data.as_ptr(),
            b_row,
            b_col,
            beta,
            into.data.as_mut_ptr(),
            into.stride as isize,
            1,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_agree_with_sums() {
        let a: Vec<f32> = (0..40).map(|i| (i as f32 * 0.37).sin()).collect();
        let b: Vec<f32> = (0..60).map(|i| (i as f32 * 0.73).cos()).collect();
        let mut c = vec![1.0; 4 * 9];
        // a is 4 x 6 in rows of 10; b is 5 x 6 in rows of 12, read as 6 x 5.
        product(MatMut::new(&mut c, 4, 5, 9), 0.5, Mat::new(&a, 4, 6, 10), Mat::new(&b, 5, 6, 12).t(), 2.0);
        for i in 0..4 {
            for j in 0..9 {
                let sum: f32 = (0..6).map(|k| a[i * 10 + k] * b[j.min(4) * 12 + k]).sum();
                let expected = if j < 5 { 0.5 + 2.0 * sum } else { 1.0 };
                assert!((c[i * 9 + j] - expected).abs() < 1e-5);
            }
        }
    }
}
