use farthing_compiler::diagnostics::CATALOGUE;

use crate::world::Folder;

#[test]
fn each_code_has_its_page() {
    let folder = Folder::new();
    for (code, _, page) in CATALOGUE {
        let ran = folder.run(&["explain", &code.to_string()]).code(0);
        assert_eq!(ran.stdout.trim_end(), page.trim_end());
        assert!(ran.stdout.starts_with(&format!("# {code}")), "{ran:?}");
    }
}

#[test]
fn a_code_may_be_written_in_several_ways() {
    let folder = Folder::new();
    let page = folder.run(&["explain", "F0301"]).code(0).stdout;
    for code in ["f0301", "0301", "301", "F301"] {
        folder.run(&["explain", code]).code(0).prints(&page);
    }
}

#[test]
fn without_a_code_all_are_listed() {
    let ran = Folder::new().run(&["explain"]).code(0);
    assert_eq!(ran.stdout.lines().count(), CATALOGUE.len());
    assert!(ran.stdout.contains("F0301  a quantile of something that has none\n"), "{ran:?}");
}

#[test]
fn an_unknown_code_is_refused() {
    let folder = Folder::new();
    folder.run(&["explain", "F0399"]).code(2).prints("").says(&["no code F0399", "`farthing explain` lists"]);
    folder.run(&["explain", "F0O01"]).code(2).says(&["did you mean F0001?"]);
    for code in ["", "F", "all", "99999999999", "ü"] {
        folder.run(&["explain", code]).code(2).prints("").says(&["`farthing explain` lists"]);
    }
}
