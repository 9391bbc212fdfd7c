//! What a MATLAB variable holds.

/// Variables by name, in the order of the file.
pub(in crate::activity::formats) type Variables = Vec<(String, Value)>;

/// A value; arrays with several dimensions are columns first.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::activity::formats) enum Value {
    /// Numbers and truth values.
    Numbers {
        /// Rows, columns, …
        shape: Vec<usize>,
        /// All values.
        values: Vec<f64>,
    },
    /// A text, or the rows of a char array joined.
    Text(String),
    /// A cell array.
    Cells(Vec<Value>),
    /// A struct, or for an array of structs one after the other.
    Structs(Vec<Variables>),
    /// What is not read: classes, functions, sparse matrices.
    Other,
}

impl Value {
    /// A field of a struct, of the first of an array of structs.
    pub fn field(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Structs(all) => all.first()?.iter().find(|(n, _)| n == name).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The first of several fields that there is.
    pub fn any_field(&self, names: &[&str]) -> Option<&Value> {
        names.iter().find_map(|name| self.field(name))
    }

    /// All numbers.
    pub fn numbers(&self) -> Option<&[f64]> {
        match self.unwrapped() {
            Value::Numbers { values, .. } => Some(values),
            _ => None,
        }
    }

    /// A matrix as (rows, columns, values by rows); vectors are columns or rows as they are.
    pub fn matrix(&self) -> Option<(usize, usize, Vec<f64>)> {
        match self.unwrapped() {
            Value::Numbers { shape, values } if shape.len() == 2 => {
                let (rows, columns) = (shape[0], shape[1]);
                Some((rows, columns, (0..values.len()).map(|i| values[(i % columns) * rows + i / columns]).collect()))
            }
            _ => None,
        }
    }

    /// A single number.
    pub fn number(&self) -> Option<f64> {
        self.numbers().filter(|v| v.len() == 1).map(|v| v[0])
    }

    /// A text, unwrapped from the cells that hold nothing else; a number as it is written.
    pub fn text(&self) -> Option<String> {
        match self.unwrapped() {
            Value::Text(text) => Some(text.trim().to_string()),
            Value::Numbers { values, .. } if values.len() == 1 => Some(values[0].to_string()),
            _ => None,
        }
    }

    /// What lies within cells of one element, however deep.
    pub fn unwrapped(&self) -> &Value {
        let mut value = self;
        while let Value::Cells(cells) = value
            && let [one] = cells.as_slice()
        {
            value = one;
        }
        value
    }
}
