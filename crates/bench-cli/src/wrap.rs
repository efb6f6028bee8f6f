//! Text broken into the lines of a terminal, and made safe to print there. Must not know what it says.

/// Text broken at spaces into lines of at most `width` characters, with what stands before the first line and before the
/// others. Control characters are shown as replacement characters; a number stays with what follows it, and a word
/// that is longer than a line stays whole.
pub fn wrapped(text: &str, width: usize, first: &str, others: &str) -> String {
    let mut lines = String::new();
    let mut line = String::new();
    let text = printable(text);
    for word in phrases(&text) {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push_str(&line);
            lines.push('\n');
            line.clear();
        }
        if line.is_empty() {
            line.push_str(if lines.is_empty() { first } else { others });
        } else {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if line.is_empty() { lines } else { lines + &line + "\n" }
}

/// Words, but a number together with what follows it: its unit, or what it counts.
fn phrases(text: &str) -> Vec<String> {
    let is_number = |word: &str| {
        let digits = word.trim_start_matches(['+', '-', '(']);
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
    };
    let mut phrases: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match phrases.last_mut().filter(|last| is_number(last)) {
            Some(number) => {
                number.push(' ');
                number.push_str(word);
            }
            None => phrases.push(word.to_owned()),
        }
    }
    phrases
}

/// Text with its control characters shown as replacement characters, so that it cannot steer a terminal.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Lines as they are, but those that are too long broken under their own indentation.
pub(crate) fn fitted(text: &str, width: usize) -> String {
    let fit = |line: &str| {
        if line.chars().count() <= width {
            return line.to_owned();
        }
        let indent: String = line.chars().take_while(|c| *c == ' ').collect();
        wrapped(line, width, &indent, &format!("{indent}  ")).trim_end().to_owned()
    };
    text.lines().map(fit).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_a_number_stays_with_its_unit() {
        assert_eq!(wrapped("it took 12.5 ms or so", 12, "- ", "  "), "- it took\n  12.5 ms or\n  so\n");
        assert_eq!(wrapped("a verylongword", 4, "", ""), "a\nverylongword\n");
        assert_eq!(wrapped(" ", 4, "- ", ""), "");
    }

    #[test]
    fn a_colour_in_a_text_is_only_shown() {
        assert_eq!(wrapped("a\u{1b}[31m b", 80, "", ""), "a\u{fffd}[31m b\n");
    }

    #[test]
    fn only_lines_that_are_too_long_are_touched() {
        assert_eq!(fitted("a  b\n  one two three", 9), "a  b\n  one two\n    three");
    }
}
