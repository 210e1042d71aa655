//! The drawing of bars.

use std::error::Error;
use std::fmt::{self, Write};

use askama::filters::{Html, escape};
use bugle_storage::Day;
use plotters::coord::combinators::BindKeyPoints;
use plotters::prelude::*;

use super::{Ink, Series, moments};
use crate::http::error::ApiError;

/// A text in the picture: nothing in it is markup.
fn escaped(text: &str) -> impl fmt::Display + '_ {
    let Ok(safe) = escape(text, Html);
    safe
}

/// The widest that all bars together are, in a wide and in a narrow chart. Sizes are in the picture's own units, which
/// are about a pixel each where the chart is as wide as it was drawn.
const BARS_WIDE: u32 = 900;
const BARS_NARROW: u32 = 300;
const HEIGHT_WIDE: u32 = 190;
const HEIGHT_NARROW: u32 = 170;
/// The widest that one day is, so that the letters of a month's chart are as large as those of a quarter's.
const DAY_WIDTH_MAX: u32 = 21;
/// Room for the numbers at the left and the dates below.
const LEFT: u32 = 44;
const BELOW: u32 = 24;
/// Room above the highest bar, and for half of the last date.
const ABOVE: u32 = 8;
const RIGHT: u32 = 28;
/// How far dates stand apart at least.
const DATE_WIDTH: u32 = 70;
/// The highest number at the left is not below this, so that each line is a whole number.
const TOP_MIN: u64 = 4;
/// Lines across.
const LINES: usize = 5;
const LETTERS: u32 = 14;

/// How wide the chart is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Width {
    Wide,
    Narrow,
}

impl Width {
    const fn class(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
        }
    }

    const fn bars(self) -> u32 {
        match self {
            Self::Wide => BARS_WIDE,
            Self::Narrow => BARS_NARROW,
        }
    }

    const fn height(self) -> u32 {
        match self {
            Self::Wide => HEIGHT_WIDE,
            Self::Narrow => HEIGHT_NARROW,
        }
    }
}

/// The names of colours. Nothing else is drawn in them, so the style sheet knows what they stand for.
const TEXT: RGBColor = RGBColor(1, 2, 6);
const LINE: RGBColor = RGBColor(1, 2, 7);

const fn name_of(ink: Ink) -> RGBColor {
    match ink {
        Ink::First => RGBColor(1, 2, 3),
        Ink::Second => RGBColor(1, 2, 4),
        Ink::Third => RGBColor(1, 2, 5),
        Ink::Bad => RGBColor(1, 2, 10),
    }
}

/// So many days later.
pub(super) fn later(first: Day, days: usize) -> Day {
    let days = i32::try_from(days).unwrap_or(i32::MAX);
    Day(first.0.saturating_add(days))
}

/// What is drawn.
pub(super) struct About<'a> {
    pub(super) title: &'a str,
    pub(super) first: Day,
    pub(super) series: &'a [Series],
}

/// Where things stand.
struct Layout {
    days: u32,
    day_width: u32,
    size: (u32, u32),
}

impl Layout {
    fn of(days: u32, width: Width) -> Self {
        let day_width = (width.bars() / days.max(1)).clamp(2, DAY_WIDTH_MAX);
        Self {
            days,
            day_width,
            size: (LEFT + days * day_width + RIGHT, width.height()),
        }
    }

    /// The days whose dates are written: the last one, and each so many before it.
    fn dated(&self) -> Vec<u32> {
        let step = DATE_WIDTH.div_ceil(self.day_width).max(1);
        let last = self.days.saturating_sub(1);
        (0..=last).rev().step_by(step as usize).collect()
    }
}

impl About<'_> {
    pub(super) fn draw(&self, width: Width) -> Result<String, ApiError> {
        let days = self.series.first().map_or(0, |series| series.counts.len());
        let days = u32::try_from(days).unwrap_or_default();
        if days == 0 {
            return Err(ApiError::internal("a chart of no days"));
        }
        let layout = Layout::of(days, width);
        let mut drawn = String::new();
        self.bars(&mut drawn, &layout)
            .map_err(|error| ApiError::internal(error.to_string()))?;
        let inner = drawn.split_once('>').map_or("", |(_, inner)| inner);
        let inner = inner.trim_end().strip_suffix("</svg>").unwrap_or(inner);
        let (wide, high) = layout.size;
        let mut svg = format!(
            "<svg class=\"{}\" role=\"img\" viewBox=\"0 0 {wide} {high}\"><title>{}</title><desc>{}</desc>{inner}",
            width.class(),
            escaped(self.title),
            escaped(&self.summary()),
        );
        self.write_tips(&mut svg, &layout);
        svg.push_str("</svg>\n");
        Ok(svg)
    }

    /// In words: what the table below says in full.
    fn summary(&self) -> String {
        let parts: Vec<_> = self
            .series
            .iter()
            .map(|series| format!("{} {}", series.name, series.total()))
            .collect();
        format!(
            "Bars, one for each day, from {}. {}.",
            self.date(0),
            parts.join(", ")
        )
    }

    fn date(&self, day: u32) -> String {
        moments::date(later(self.first, day as usize).start())
    }

    /// The date without its year.
    fn short_date(&self, day: u32) -> String {
        let date = self.date(day);
        date.rsplit_once(' ')
            .map_or(date.clone(), |(short, _)| short.to_owned())
    }

    /// The height of the highest bar.
    fn top(&self, days: u32) -> u64 {
        let sum = |day| -> u64 { self.series.iter().map(|series| series.on(day)).sum() };
        let highest = (0..days as usize).map(sum).max().unwrap_or_default();
        highest.max(TOP_MIN)
    }

    fn bars(&self, drawn: &mut String, layout: &Layout) -> Result<(), Box<dyn Error>> {
        let area = SVGBackend::with_string(drawn, layout.size).into_drawing_area();
        // Two steps a day, so that a date can stand below the middle of its bar.
        let across =
            (0..layout.days * 2).with_key_points(layout.dated().iter().map(|day| day * 2 + 1).collect());
        let mut chart = ChartBuilder::on(&area)
            .margin_top(ABOVE)
            .margin_right(RIGHT)
            .x_label_area_size(BELOW)
            .y_label_area_size(LEFT)
            .build_cartesian_2d(across, 0..self.top(layout.days))?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .set_all_tick_mark_size(4)
            .axis_style(LINE)
            .bold_line_style(LINE)
            .light_line_style(TRANSPARENT)
            .y_labels(LINES)
            .label_style(("sans-serif", LETTERS).into_font().color(&TEXT))
            .x_label_formatter(&|step| self.short_date(step / 2))
            .y_label_formatter(&|number| moments::count(*number))
            .draw()?;
        for parts in self.parts(layout) {
            chart.draw_series(parts)?;
        }
        area.present()?;
        drop(chart);
        drop(area);
        Ok(())
    }

    /// The parts of the bars, series by series: each stands on those before it.
    fn parts(&self, layout: &Layout) -> Vec<Vec<Rectangle<(u32, u64)>>> {
        let gap = u32::from(layout.day_width > 2);
        let mut below = vec![0; layout.days as usize];
        let series = self.series.iter().map(|series| {
            let style = name_of(series.ink).filled();
            let parts = below.iter_mut().zip(&series.counts).zip(0_u32..);
            let parts = parts.filter(|((_, count), _)| **count > 0);
            let parts = parts.map(|((below, count), day)| {
                let from = *below;
                *below += count;
                let mut part = Rectangle::new([(day * 2, *below), (day * 2 + 2, from)], style);
                part.set_margin(0, 0, 0, gap);
                part
            });
            parts.collect()
        });
        series.collect()
    }

    /// What a pointer above a day is told.
    fn write_tips(&self, svg: &mut String, layout: &Layout) {
        let (_, high) = layout.size;
        for day in 0..layout.days {
            let counts = self.series.iter().map(|series| {
                let count = moments::count(series.on(day as usize));
                format!("{count} {}", series.name.to_lowercase())
            });
            let text = format!("{}: {}", self.date(day), counts.collect::<Vec<_>>().join(", "));
            // Writing to a String does not fail.
            let _ = write!(
                svg,
                "<rect class=\"day\" x=\"{}\" y=\"{ABOVE}\" width=\"{}\" height=\"{}\"><title>{}</title></rect>",
                LEFT + day * layout.day_width,
                layout.day_width,
                high - ABOVE - BELOW,
                escaped(&text),
            );
        }
    }
}
