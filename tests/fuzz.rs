//! What the fuzzer found worth keeping, as ordinary tests.
#![cfg(all(feature = "gateway", feature = "mint"))]

#[path = "properties/route.rs"]
mod route;

/// Every file of a target's corpus, and every line of its test data.
fn replay(corpus: &str, testdata: &[&str], holds: fn(&[u8])) {
    let files = std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path());
    let inputs: Vec<Vec<u8>> = files.map(|path| std::fs::read(path).unwrap()).collect();
    assert!(inputs.len() > 100, "{corpus} has {} files", inputs.len());
    inputs.iter().for_each(|input| holds(input));
    for file in testdata {
        let text = std::fs::read_to_string(file).unwrap();
        text.lines().for_each(|line| holds(line.replace('▸', "").as_bytes()));
    }
}

#[test]
fn routes() {
    let testdata =
        ["routes", "names", "refused", "ambiguous", "bodies"].map(|name| format!("testdata/routes/{name}.txt"));
    replay("testdata/corpus/route", &testdata.each_ref().map(String::as_str), route::holds);
}
