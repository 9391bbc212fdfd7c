//! Tables made by hand; the expected numbers were worked out by hand too.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::*;

/// Five cells: one without a length, one without a layer.
fn table() -> Table {
    let ids: Vec<String> = ["c1", "c2", "c10", "d", "e"].map(String::from).into();
    let columns = vec![
        Column::texts("layer", [Some("5"), Some("4"), Some("5"), None, Some("2/3")]),
        Column::numbers("length", vec![10.0, 1.0 / 3.0, 30.0, 4.0, f64::NAN]).in_unit(Some("um")),
        Column::numbers("tips", vec![3.0, 1.0, 2.0, 2.0, 9.0]),
    ];
    Table::new(ids.into(), columns).unwrap()
}

fn conditions(given: &[(&str, Condition)]) -> Conditions {
    given.iter().map(|(name, c)| ((*name).to_string(), c.clone())).collect()
}

fn ids(table: &Table) -> Vec<&str> {
    table.ids().iter().map(String::as_str).collect()
}

#[test]
fn columns_must_fit_and_have_names_of_their_own() {
    let make = |columns| Table::new(["a".to_string()].into(), columns).unwrap_err().message;
    assert!(make(vec![Column::numbers("x", vec![1.0, 2.0])]).starts_with("column `x` has 2 values"));
    assert!(make(vec![Column::numbers("x", vec![1.0]), Column::numbers("x", vec![1.0])]).contains("are called `x`"));
    assert!(make(vec![Column::numbers("id", vec![1.0])]).contains("no name for a column"));
    let error = table().column("lenght").unwrap_err();
    assert_eq!(error.help.as_deref(), Some("did you mean `length`?"));
}

#[test]
fn conditions_choose_rows() {
    let chosen = |given: &[(&str, Condition)]| {
        let chosen = table().filtered(&conditions(given)).unwrap();
        ids(&chosen).join(" ")
    };
    let texts = |texts: &[&str]| Condition::OneOf(texts.iter().map(ToString::to_string).collect());
    assert_eq!(chosen(&[("length", Condition::Between(4.0, f64::INFINITY))]), "c1 c10 d");
    assert_eq!(chosen(&[("length", Condition::Missing)]), "e");
    assert_eq!(chosen(&[("layer", texts(&["5", "4"])), ("tips", Condition::Between(2.0, 2.0))]), "c10");
    assert_eq!(chosen(&[("tips", texts(&["2", "9"]))]), "c10 d e");
    // Texts that are no numbers lie in no interval.
    assert_eq!(chosen(&[("layer", Condition::Between(0.0, 9.0))]), "c1 c2 c10");
    assert_eq!(chosen(&[("id", texts(&["d"]))]), "d");
    assert_eq!(chosen(&[]), "c1 c2 c10 d e");
    assert!(table().filtered(&conditions(&[("length", Condition::Between(2.0, 1.0))])).is_err());
    assert!(table().filtered(&conditions(&[("width", Condition::Missing)])).is_err());
}

#[test]
fn sorting_knows_numbers_in_names_and_puts_missing_values_last() {
    assert_eq!(ids(&table().sorted("length", false).unwrap()), ["c2", "d", "c1", "c10", "e"]);
    assert_eq!(ids(&table().sorted("length", true).unwrap()), ["c10", "c1", "d", "c2", "e"]);
    // Equal values keep their order either way.
    assert_eq!(ids(&table().sorted("tips", true).unwrap()), ["e", "c1", "c10", "d", "c2"]);
    assert_eq!(ids(&table().sorted("id", false).unwrap()), ["c1", "c2", "c10", "d", "e"]);
    assert_eq!(ids(&table().sorted("layer", true).unwrap()), ["c1", "c10", "c2", "e", "d"]);
    assert_eq!(ids(&table().head(2)), ["c1", "c2"]);
    assert_eq!(ids(&table().tail(9)).len(), 5);
}

#[test]
fn groups_are_summarised_without_missing_values() {
    let options = GroupOptions { stats: vec![Stat::Mean, Stat::Sd, Stat::N], columns: Some(vec!["length".into()]) };
    let groups = table().grouped("layer", &options).unwrap();
    assert_eq!(ids(&groups), ["2/3", "4", "5", "(none)"]);
    let names: Vec<&str> = groups.names().collect();
    assert_eq!(names, ["layer", "n", "length_mean", "length_sd", "length_n"]);
    let column = |name: &str| groups.column(name).unwrap().as_numbers().unwrap().to_vec();
    assert_eq!(column("n"), [1.0, 1.0, 2.0, 1.0]);
    assert_eq!(column("length_n"), [0.0, 1.0, 2.0, 1.0]);
    assert_eq!(column("length_mean")[1..], [1.0 / 3.0, 20.0, 4.0]);
    // 10 and 30: deviations of 10 from 20, divisor 1.
    assert_eq!(column("length_sd")[2], 200f64.sqrt());
    assert!(column("length_mean")[0].is_nan() && column("length_sd")[1].is_nan());
    assert_eq!(groups.column("length_mean").unwrap().unit.as_deref(), Some("um"));
    assert!(groups.column("layer").unwrap().is_missing(3));
    assert!(table().grouped("layer", &GroupOptions { columns: Some(vec!["layer".into()]), ..options }).is_err());
}

#[test]
fn a_description_gives_quartiles() {
    let about = table().described().unwrap();
    assert_eq!(ids(&about), ["length", "tips"]);
    let of = |name: &str, row: usize| about.column(name).unwrap().as_numbers().unwrap()[row];
    // tips sorted: 1 2 2 3 9.
    assert_eq!((of("n", 1), of("missing", 0), of("mean", 1)), (5.0, 1.0, 3.4));
    assert_eq!((of("min", 1), of("q25", 1), of("median", 1), of("q75", 1), of("max", 1)), (1.0, 2.0, 2.0, 3.0, 9.0));
    // length sorted: 1/3 4 10 30; the first quartile lies three quarters of the way from 1/3 to 4.
    assert!((of("q25", 0) - (1.0 / 3.0 + 0.75 * (4.0 - 1.0 / 3.0))).abs() < 1e-12);
    assert_eq!(of("median", 0), 7.0);
}

#[test]
fn joining_finds_rows_by_id() {
    let other = Table::new(
        ["d", "c1", "x"].map(String::from).into(),
        vec![Column::numbers("rate", vec![7.0, 8.0, 9.0]), Column::texts("layer", [Some("1"), None, None])],
    )
    .unwrap();
    let clash = table().joined(&other, &JoinOptions::default()).unwrap_err();
    assert_eq!(clash.message, "both tables have a column `layer`");
    let suffix = Some("_2".to_string());
    let (left, unmatched) = table().joined(&other, &JoinOptions { how: How::Left, suffix: suffix.clone() }).unwrap();
    assert_eq!((left.len(), unmatched), (5, 3));
    let rate = left.column("rate").unwrap().as_numbers().unwrap();
    assert_eq!((rate[0], rate[3], rate[1].is_nan()), (8.0, 7.0, true));
    let (inner, _) = table().joined(&other, &JoinOptions { how: How::Inner, suffix }).unwrap();
    assert_eq!(ids(&inner), ["c1", "d"]);
    assert_eq!(inner.column("layer_2").unwrap().text_at(1).as_deref(), Some("1"));
    let twice = other.rows(&[0, 0]).unwrap();
    assert!(table().joined(&twice, &JoinOptions::default()).unwrap_err().message.contains("`d` occurs twice"));
}

#[test]
fn numbers_become_a_matrix_and_texts_labels() {
    let (matrix, texts) = table().matrix().unwrap();
    assert_eq!((matrix.row(2), texts.as_slice()), (&[30.0, 2.0][..], &["layer".to_string()][..]));
    assert_eq!(table().matrix_of(&["tips"]).unwrap().values(), [3.0, 1.0, 2.0, 2.0, 9.0]);
    assert!(table().matrix_of(&["layer"]).unwrap_err().message.contains("holds texts"));
    assert!(table().select(&["layer"]).unwrap().matrix().is_err());
    assert_eq!(table().labels("layer").unwrap().classes(), ["2/3", "4", "5"]);
    assert_eq!(Table::from_matrix(&matrix).unwrap().matrix().unwrap().0.columns(), matrix.columns());
}

fn read_back(name: &str, units: bool, options: &LoadOptions) -> Table {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    table().save(&path, units).unwrap();
    Table::load(&path, options).unwrap()
}

#[test]
fn files_hold_what_was_saved() {
    let unitless = |table: Table| {
        let columns = table.columns().iter().map(|c| c.clone().in_unit(None)).collect();
        Table::new(Arc::clone(table.ids()), columns).unwrap()
    };
    let plain = LoadOptions::default();
    assert_eq!(read_back("t.parquet", false, &plain), table());
    // "2/3" makes the layers texts by itself; where all are numbers the option does.
    assert_eq!(read_back("t.csv", true, &plain), table());
    assert_eq!(read_back("t.tsv", false, &plain), unitless(table()));
    assert_eq!(read_back("t.json", false, &plain), unitless(table()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.npy");
    assert!(table().save(&path, false).unwrap_err().message.contains("which .npy cannot"));
    table().select(&["tips"]).unwrap().save(&path, false).unwrap();
    let read = Table::load(&path, &plain).unwrap();
    assert_eq!((read.ids()[4].as_str(), read.column("c1").unwrap().as_numbers().unwrap()[4]), ("5", 9.0));
    assert!(table().save(folder.path().join("t.xlsx"), false).unwrap_err().help.unwrap().contains(".csv"));
}

#[test]
fn a_large_parquet_file_has_several_row_groups() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let n = 150_000;
    let ids: Vec<String> = (0..n).map(|i| i.to_string()).collect();
    let columns = vec![
        Column::numbers("x", (0..n).map(|i| if i % 7 == 0 { f64::NAN } else { i as f64 }).collect::<Vec<_>>()),
        Column::texts("s", (0..n).map(|i| (i % 5 > 0).then(|| (i / 1000).to_string()))),
    ];
    let large = Table::new(ids.into(), columns).unwrap();
    large.save(&path, false).unwrap();
    assert!(Table::load(&path, &LoadOptions::default()).unwrap() == large);
}

fn loaded(name: &str, text: &str, options: &LoadOptions) -> Result<Table> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    Table::load(&path, options)
}

#[test]
fn types_of_text_files_are_found() {
    let text = "\u{feff}cell,x,code,note\na,1,007,\nb,NA,010,hi\nc,-1e3,1,\n";
    let options = LoadOptions { id: Some("cell".into()), texts: Vec::new() };
    let table = loaded("t.csv", text, &options).unwrap();
    assert_eq!(ids(&table), ["a", "b", "c"]);
    let numeric: Vec<bool> = table.columns().iter().map(Column::is_numeric).collect();
    assert_eq!(numeric, [true, false, false]);
    assert!(table.column("x").unwrap().is_missing(1));
    let text = LoadOptions { texts: vec!["x".into()], ..options };
    assert!(!loaded("t.csv", "cell,x\na,1\n", &text).unwrap().column("x").unwrap().is_numeric());
    // Data frames write an index below an empty header.
    assert_eq!(ids(&loaded("t.csv", ",x\nr1,2\n", &LoadOptions::default()).unwrap()), ["r1"]);
    assert_eq!(ids(&loaded("t.csv", "x\n2\n3\n", &LoadOptions::default()).unwrap()), ["1", "2"]);
    let json =
        loaded("t.json", r#"[{"id": "a", "n": 1}, {"id": "b", "ok": true, "n": null}]"#, &LoadOptions::default());
    let json = json.unwrap();
    assert!(json.column("n").unwrap().is_missing(1) && json.column("ok").unwrap().is_missing(0));
}

#[test]
fn bad_files_are_refused_with_place_and_cure() {
    let plain = LoadOptions::default();
    let refusal = |name: &str, text: &str, options: &LoadOptions| loaded(name, text, options).unwrap_err();
    let cases = [
        ("t.csv", "id,x\na,1\nb\n", Some(3), "found 1 of 2 columns"),
        ("t.csv", "id;x\na;1\n", Some(1), "found a single column"),
        ("t.csv", "id,x,x\na,1,2\n", None, "two columns are called `x`"),
        ("t.csv", "id,x\n,1\n", None, "row 1 has no id"),
        ("t.json", "{\"a\": 1}", Some(1), "expected an array of objects"),
        ("t.json", "[{\"a\": [1]}]", None, "holds an array"),
        ("t.parquet", "PAR1 but not really", None, "damaged or no Parquet file"),
        ("t.npy", "not numpy", None, "not a NumPy file"),
    ];
    for (name, text, line, message) in cases {
        let error = refusal(name, text, &plain);
        assert!(error.message.contains(message), "{error}");
        assert_eq!(error.line, line, "{error}");
        assert!(error.path.as_deref().is_some_and(|p| p.ends_with(name)), "{error}");
    }
    let unknown = LoadOptions { id: Some("cel".into()), texts: Vec::new() };
    assert_eq!(refusal("t.csv", "cell,x\na,1\n", &unknown).help.as_deref(), Some("did you mean `cell`?"));
    assert!(Table::load(Path::new("nowhere.csv"), &plain).unwrap_err().message.contains("no such file"));
    assert!(Table::load(Path::new("t.txt"), &plain).is_err());
}

#[test]
fn a_table_shows_itself() {
    assert_eq!(table().to_string(), "Table(5 rows, 3 columns: layer, length, tips)");
    let frame = table().frame(3);
    assert_eq!((frame.n_rows, frame.rows.len()), (5, 4));
    assert_eq!(frame.columns[2], ("length".to_string(), true));
    assert_eq!(frame.rows[0], ["c1", "5", "10.00", "3"]);
    assert_eq!(frame.rows[1], ["c2", "4", "0.33", "1"]);
    assert!(frame.rows[2].is_empty());
    assert_eq!(frame.rows[3], ["e", "2/3", "–", "9"]);
    let small = Table::new(["a".to_string()].into(), vec![Column::numbers("p", vec![3e-9])]).unwrap();
    assert_eq!(small.frame(9).rows[0][1], "3.000e-9");
}
