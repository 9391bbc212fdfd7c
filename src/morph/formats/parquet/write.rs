//! Writing skeletons that navis reads, too.

use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

use crate::error::{Error, Result};
use crate::morph::{Morphology, NO_PARENT};
use crate::run::atomic;

const SCHEMA: &str = "message skeletons {
    required int64 node_id; required int64 parent_id;
    required double x; required double y; required double z; required double radius;
    required int32 label; required binary neuron (UTF8);
}";

/// Rows that are gathered before they are written.
const ROWS: usize = 1 << 20;

/// Writes neurons with their ids to a Parquet file in navis' layout; one that is there is replaced only when the new one
/// is complete. Reading it gives the same neurons. Memory is that of some neurons, not of all.
///
/// # Errors
/// A neuron that no reader could take (see [`Morphology::to_swc`]), no neuron at all, and when the system refuses.
pub fn write_parquet<'a>(
    path: impl AsRef<Path>,
    neurons: impl IntoIterator<Item = (&'a str, &'a Morphology)>,
) -> Result<()> {
    let path = path.as_ref();
    let refuse = |e: ParquetError| match e {
        ParquetError::External(cause) => match cause.downcast::<std::io::Error>() {
            Ok(cause) => Error::io("cannot write", path, &cause),
            Err(cause) => Error::internal(format!("cannot write Parquet: {cause}")).in_file(path),
        },
        other => Error::internal(format!("cannot write Parquet: {other}")).in_file(path),
    };
    let schema = Arc::new(parse_message_type(SCHEMA).map_err(refuse)?);
    let mut target = atomic::writer(path)?;
    let mut file = SerializedFileWriter::new(&mut target, schema, properties()?).map_err(refuse)?;
    let mut rows = Rows::default();
    let mut written = 0usize;
    for (id, neuron) in neurons {
        crate::interrupt::check()?;
        neuron.require_writable().map_err(|e| e.in_file(path))?;
        rows.add(id, neuron);
        written += 1;
        file.append_key_value_metadata(KeyValue::new(format!("{id}:name"), neuron.name.to_string()));
        if rows.node.len() >= ROWS {
            rows.write(file.next_row_group().map_err(refuse)?).map_err(refuse)?;
        }
    }
    if written == 0 {
        return Err(Error::value("there is no neuron to write").in_file(path));
    }
    if !rows.node.is_empty() {
        rows.write(file.next_row_group().map_err(refuse)?).map_err(refuse)?;
    }
    file.close().map_err(refuse)?;
    target.finish()
}

fn properties() -> Result<WriterPropertiesPtr> {
    let level = ZstdLevel::try_new(3).map_err(|e| Error::internal(e.to_string()))?;
    let mut properties = WriterProperties::builder().set_compression(Compression::ZSTD(level));
    for column in ["x", "y", "z", "radius"] {
        let path = ColumnPath::from(column);
        // Coordinates hardly repeat, but their leading bytes do.
        properties = properties
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::BYTE_STREAM_SPLIT);
    }
    Ok(Arc::new(properties.build()))
}

/// Rows that wait to be written, column by column.
#[derive(Default)]
struct Rows {
    node: Vec<i64>,
    parent: Vec<i64>,
    position: [Vec<f64>; 3],
    radius: Vec<f64>,
    label: Vec<i32>,
    neuron: Vec<ByteArray>,
}

impl Rows {
    fn add(&mut self, id: &str, neuron: &Morphology) {
        self.node.extend(&neuron.id);
        self.parent.extend(neuron.parent.iter().map(|&p| if p == NO_PARENT { -1 } else { neuron.id[p as usize] }));
        for (axis, values) in self.position.iter_mut().enumerate() {
            values.extend(neuron.position.iter().map(|p| p[axis]));
        }
        self.radius.extend(&neuron.radius);
        self.label.extend(neuron.kind.iter().map(|&k| i32::from(k)));
        let id = ByteArray::from(id.as_bytes().to_vec());
        self.neuron.extend(std::iter::repeat_n(id, neuron.len()));
    }

    /// Writes all rows as one group and forgets them.
    fn write<W: std::io::Write + Send>(
        &mut self,
        mut group: SerializedRowGroupWriter<'_, W>,
    ) -> parquet::errors::Result<()> {
        let rows = std::mem::take(self);
        let [x, y, z] = &rows.position;
        column::<Int64Type, W>(&mut group, &rows.node)?;
        column::<Int64Type, W>(&mut group, &rows.parent)?;
        for values in [x, y, z, &rows.radius] {
            column::<DoubleType, W>(&mut group, values)?;
        }
        column::<Int32Type, W>(&mut group, &rows.label)?;
        column::<ByteArrayType, W>(&mut group, &rows.neuron)?;
        group.close().map(drop)
    }
}

fn column<T: DataType, W: std::io::Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
) -> parquet::errors::Result<()> {
    let mut column =
        group.next_column()?.ok_or_else(|| ParquetError::General("the schema has fewer columns".into()))?;
    column.typed::<T>().write_batch(values, None, None)?;
    column.close()
}
