//! The plot: cost against the size of the token, both logarithmic, as SVG.

use std::fmt::{self, Write};

use crate::case::How;
use crate::peers::{self, FLOOR, OURS};
use crate::results::{Results, Stage};

const PANELS: [(&str, Stage); 3] = [
    ("decode: text to token", Stage::Decode),
    ("cold, explicit: text to verdict", Stage::Cold(How::Explicit)),
    ("cold, by pattern: text to verdict", Stage::Cold(How::Pattern)),
];

/// Peers have the same colour in all panels. Most people with colour blindness can distinguish
/// them.
const COLOURS: [&str; 9] = [
    "#d62728", "#7f7f7f", "#1f77b4", "#e69f00", "#009e73", "#cc79a7", "#000000", "#56b4e9",
    "#8c564b",
];

/// The size of a panel's plot area, and the space around it.
const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 330.0;
const LEFT: f64 = 70.0;
const TOP: f64 = 40.0;
const BELOW: f64 = 130.0;
const STEP: f64 = WIDTH + 75.0;

/// A logarithmic axis: a range of values on a range of coordinates.
struct Axis {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
}

impl Axis {
    fn at(&self, value: f64) -> f64 {
        let share = (value / self.from).ln() / (self.to / self.from).ln();
        self.start + share * (self.end - self.start)
    }

    /// The powers of ten within.
    fn decades(&self) -> impl Iterator<Item = f64> + use<> {
        let (from, to) = (self.from.log10().ceil() as i32, self.to.log10().floor() as i32);
        (from..=to).map(|power| 10f64.powi(power))
    }
}

/// The plot of results.
pub struct Plot<'a>(pub &'a Results);

impl fmt::Display for Plot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (width, height) = (LEFT + 3.0 * STEP - 40.0, TOP + HEIGHT + BELOW);
        write!(f, r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" "#)?;
        writeln!(f, r#"font-family="Helvetica, Arial, sans-serif" font-size="12">"#)?;
        writeln!(f, r#"<rect width="{width}" height="{height}" fill="white"/>"#)?;
        for (position, (title, stage)) in PANELS.into_iter().enumerate() {
            self.panel(f, LEFT + position as f64 * STEP, title, stage)?;
        }
        let middle = TOP + HEIGHT / 2.0;
        writeln!(
            f,
            r#"<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle">time of one call</text>"#
        )?;
        self.legend(f)?;
        writeln!(f, "</svg>")
    }
}

impl Plot<'_> {
    fn panel(
        &self,
        f: &mut fmt::Formatter<'_>,
        left: f64,
        title: &str,
        stage: Stage,
    ) -> fmt::Result {
        let x = Axis { from: 100.0, to: 3e4, start: left, end: left + WIDTH };
        let y = self.time_axis();
        let (right, bottom, middle) = (left + WIDTH, TOP + HEIGHT, left + WIDTH / 2.0);
        let above = TOP - 14.0;
        writeln!(
            f,
            r#"<text x="{middle}" y="{above}" text-anchor="middle" font-weight="bold">{title}</text>"#
        )?;
        for time in y.decades() {
            let at = y.at(time);
            writeln!(f, r##"<path d="M{left:.1} {at:.1}H{right:.1}" stroke="#ddd"/>"##)?;
            let (x, y) = (left - 6.0, at + 4.0);
            writeln!(f, r#"<text x="{x:.1}" y="{y:.1}" text-anchor="end">{}</text>"#, unit(time))?;
        }
        for size in [100.0, 300.0, 1e3, 3e3, 1e4, 3e4] {
            let at = x.at(size);
            writeln!(f, r##"<path d="M{at:.1} {TOP}V{bottom}" stroke="#eee"/>"##)?;
            let y = bottom + 16.0;
            writeln!(f, r#"<text x="{at:.1}" y="{y:.1}" text-anchor="middle">{size}</text>"#)?;
        }
        writeln!(
            f,
            r##"<rect x="{left}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#444"/>"##
        )?;
        let below = bottom + 34.0;
        writeln!(
            f,
            r#"<text x="{middle}" y="{below}" text-anchor="middle">size of the token, characters</text>"#
        )?;
        lines().try_for_each(|(peer, colour)| self.line(f, (&x, &y), peer, stage, colour))
    }

    /// One peer's line, with a dot for each size.
    fn line(
        &self,
        f: &mut fmt::Formatter<'_>,
        (x, y): (&Axis, &Axis),
        peer: &str,
        stage: Stage,
        colour: &str,
    ) -> fmt::Result {
        let mut points = String::new();
        let mut dots = String::new();
        for token in &self.0.tokens {
            if let Some(cost) = self.0.cost(peer, stage, token.entries) {
                let (x, y) = (x.at(token.characters as f64), y.at(cost.median));
                write!(points, "{x:.1},{y:.1} ")?;
                write!(dots, r#"<circle cx="{x:.1}" cy="{y:.1}" r="2.8" fill="{colour}"/>"#)?;
            }
        }
        let (width, dashes) = style(peer);
        writeln!(
            f,
            r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="{width}"{dashes}/>{dots}"#,
            points.trim_end()
        )
    }

    /// The range of times in all panels, in whole decades, so that panels can be compared.
    fn time_axis(&self) -> Axis {
        let shown = |stage| PANELS.iter().any(|(_, panel)| *panel == stage);
        let times =
            self.0.all.iter().filter(|entry| shown(entry.stage)).map(|entry| entry.cost.median);
        let (least, most) =
            times.fold((f64::MAX, 0f64), |(least, most), time| (least.min(time), most.max(time)));
        let (from, to) = (10f64.powf(least.log10().floor()), 10f64.powf(most.log10().ceil()));
        Axis { from, to, start: TOP + HEIGHT, end: TOP }
    }

    fn legend(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let top = TOP + HEIGHT + 62.0;
        for (position, (peer, colour)) in lines().enumerate() {
            let (column, row) = ((position / 3) as f64, (position % 3) as f64);
            let (x, y) = (LEFT + column * STEP, top + row * 20.0);
            let (end, text, base) = (x + 26.0, x + 34.0, y + 4.0);
            let (width, dashes) = style(peer);
            writeln!(
                f,
                r#"<path d="M{x} {y}H{end}" stroke="{colour}" stroke-width="{width}"{dashes}/>"#
            )?;
            writeln!(f, r#"<text x="{text}" y="{base}">{peer}</text>"#)?;
        }
        Ok(())
    }
}

/// The peers that decode or start cold, and their colours.
fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    let peers = peers::ALL.iter().map(|peer| peer.name());
    // The other forms of the library differ only in warm decisions.
    peers.filter(|name| *name == OURS || !name.starts_with(OURS)).zip(COLOURS)
}

/// The width and the dashes of a line.
fn style(peer: &str) -> (f64, &'static str) {
    match peer {
        OURS => (3.5, ""),
        FLOOR => (1.8, r#" stroke-dasharray="5 4""#),
        _ => (1.8, ""),
    }
}

/// A power of ten of nanoseconds, with its unit.
fn unit(time: f64) -> String {
    match time {
        time if time < 1e3 => format!("{time:.0} ns"),
        time if time < 1e6 => format!("{:.0} µs", time / 1e3),
        time if time < 1e9 => format!("{:.0} ms", time / 1e6),
        time => format!("{:.0} s", time / 1e9),
    }
}
