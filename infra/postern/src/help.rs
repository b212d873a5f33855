//! Tests of the help of every command.

use clap::{Command, CommandFactory as _, Parser as _};

use crate::Arguments;

/// A command and all its subcommands, each with its path from `postern` on.
fn walk(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
    found.push((path.to_owned(), command.clone()));
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        walk(below, &format!("{path} {}", below.get_name()), found);
    }
}

/// The commands under "Example:".
fn examples(command: &Command) -> Vec<String> {
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let (_, listed) = text.split_once("Example:\n").unwrap_or_default();
    listed.lines().map(|line| line.trim().to_owned()).collect()
}

/// The words of a line, as a shell would split the examples.
fn words(line: &str) -> Vec<String> {
    let quoted = line.split('\'').enumerate();
    let words = quoted.flat_map(|(nth, part)| match nth % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    });
    words.take_while(|word| !word.starts_with(['<', '>'])).collect()
}

#[test]
fn every_command_and_every_group_has_an_example_that_is_a_command() {
    let mut commands = Vec::new();
    walk(&Arguments::command(), "postern", &mut commands);
    assert!(commands.len() > 35, "{}", commands.len());
    for (path, command) in commands {
        let examples = examples(&command);
        assert!(examples.iter().any(|example| example.contains(&path)), "{path}: {examples:?}");
        for example in examples {
            let evaluated = example.strip_prefix("eval \"$(").and_then(|it| it.strip_suffix(")\""));
            let line = evaluated.unwrap_or(&example);
            if line.starts_with("postern ") {
                let parsed = Arguments::try_parse_from(words(line));
                assert!(
                    parsed.is_ok(),
                    "{line}: {:?}",
                    parsed.err().map(|error| error.to_string())
                );
            }
        }
    }
}

#[test]
fn the_definition_of_the_command_line_is_sound() {
    Arguments::command().debug_assert();
}
