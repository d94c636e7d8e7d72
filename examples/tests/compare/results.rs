use std::fs;

use crate::program::{folder, run};

#[test]
fn the_page_and_the_plots_need_nothing_else() {
    let folder = folder("page");
    let arguments = [
        "--quick",
        "--robots",
        "4",
        "--axes",
        "loss,topology",
        "--html",
        "page.html",
        "--svg",
        ".",
        "--quiet",
    ];
    let ended = run("compare", &folder, &arguments);
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), ""), "{}", ended.err);
    let page = fs::read_to_string(folder.join("page.html")).expect("it was written");
    for text in [
        "<title>",
        "Share of messages lost",
        "Who hears whom",
        "metres driven / plan",
        "What the columns mean",
    ] {
        assert!(page.contains(text), "no {text:?} in the page");
    }
    assert_eq!(page.matches("<svg").count(), 2);
    // A name of a namespace is no address.
    let page = page.replace("http://www.w3.org/2000/svg", "");
    for external in ["http", "src=", "href", "url(", "@import", "<script", "<link"] {
        assert!(!page.contains(external), "{external} in the page");
    }
    for axis in ["loss", "topology"] {
        let picture = fs::read_to_string(folder.join(format!("compare-{axis}.svg"))).expect("it was written");
        assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"));
        for text in ["centralized", "messages a task"] {
            assert!(picture.contains(text), "no {text:?} in the plot of {axis}");
        }
    }
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let folder = folder("unwritable");
    fs::create_dir(folder.join("compare-loss.svg")).expect("the folder can be written to");
    let arguments = [
        "--quick", "--robots", "3", "--axes", "loss", "--losses", "0", "--svg", ".",
    ];
    let ended = run("compare", &folder, &arguments);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("error: "), "{}", ended.err);
    assert!(ended.err.contains("compare-loss.svg"), "{}", ended.err);
}
