//! Counts per day as stacked bars, drawn as SVG, with the same figures as a table for whoever cannot see them.
//!
//! A page's policy allows no style within it, and a chart has to suit light and dark. So it is drawn with colours that
//! are only names ([`Ink`]), which the style sheet replaces.

mod drawing;

use std::fmt;

use bugle_storage::Day;

use super::moments;
use crate::http::error::ApiError;
use drawing::Width;

/// The colour of one part of the bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// `--chart-1`.
    First,
    /// `--chart-2`.
    Second,
    /// `--chart-3`.
    Third,
    /// `--bad`: for what went wrong.
    Bad,
}

impl Ink {
    /// The class of its mark in the legend.
    pub const fn class(self) -> &'static str {
        match self {
            Self::First => "ink-1",
            Self::Second => "ink-2",
            Self::Third => "ink-3",
            Self::Bad => "ink-bad",
        }
    }
}

/// One part of each bar.
#[derive(Debug, Clone)]
pub struct Series {
    /// What is counted.
    pub name: &'static str,
    /// Its colour.
    pub ink: Ink,
    /// One count for each day, first day first.
    pub counts: Vec<u64>,
}

impl Series {
    /// The sum over all days, as it is written.
    pub fn total(&self) -> String {
        moments::count(self.sum())
    }

    fn sum(&self) -> u64 {
        self.counts.iter().sum()
    }

    fn on(&self, day: usize) -> u64 {
        self.counts.get(day).copied().unwrap_or_default()
    }
}

/// A picture that stands in a page as it is.
#[derive(Debug)]
pub struct Svg(String);

impl fmt::Display for Svg {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The drawing escapes every text that is put into it.
impl askama::filters::HtmlSafe for Svg {}

/// A day in the table below the chart.
#[derive(Debug)]
pub struct Row {
    /// The date.
    pub date: String,
    /// One for each series.
    pub counts: Vec<String>,
}

/// Counts per day: what the macro `figure` of `chart.html` shows.
#[derive(Debug)]
pub struct DailyChart {
    /// What the chart is about.
    pub title: String,
    /// From the bottom up.
    pub series: Vec<Series>,
    /// Where there is room.
    pub wide: Svg,
    /// In a narrow column, and on a telephone.
    pub narrow: Svg,
    first: Day,
}

impl DailyChart {
    /// Draws so many series, whose first counts are of the day `first`. All of them have the same number of days.
    ///
    /// # Errors
    /// 500 when there is nothing to draw on: no day at all.
    pub fn draw(title: String, first: Day, series: Vec<Series>) -> Result<Self, ApiError> {
        let about = drawing::About {
            title: &title,
            first,
            series: &series,
        };
        let wide = about.draw(Width::Wide)?;
        let narrow = about.draw(Width::Narrow)?;
        Ok(Self {
            title,
            series,
            wide: Svg(wide),
            narrow: Svg(narrow),
            first,
        })
    }

    /// Whether there was nothing on any of the days.
    pub fn is_empty(&self) -> bool {
        self.series.iter().all(|series| series.sum() == 0)
    }

    /// The days on which there was something, latest first.
    pub fn rows(&self) -> Vec<Row> {
        let days = self.series.first().map_or(0, |series| series.counts.len());
        let busy = (0..days).rev().filter_map(|day| {
            let counts: Vec<_> = self.series.iter().map(|series| series.on(day)).collect();
            counts.iter().any(|count| *count > 0).then(|| Row {
                date: moments::date(drawing::later(self.first, day).start()),
                counts: counts.into_iter().map(moments::count).collect(),
            })
        });
        busy.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(counts: [Vec<u64>; 2]) -> DailyChart {
        let [accepted, refused] = counts;
        let series = vec![
            Series {
                name: "Accepted",
                ink: Ink::First,
                counts: accepted,
            },
            Series {
                name: "Refused",
                ink: Ink::Bad,
                counts: refused,
            },
        ];
        DailyChart::draw("<Reports> & \"more\"".to_owned(), Day(20_000), series).unwrap()
    }

    #[test]
    fn the_table_has_the_days_with_something_latest_first() {
        let chart = chart([vec![1, 0, 2000], vec![0, 0, 3]]);
        let rows: Vec<_> = chart
            .rows()
            .into_iter()
            .map(|row| (row.date, row.counts))
            .collect();
        let row = |date: &str, counts: [&str; 2]| (date.to_owned(), counts.map(str::to_owned).to_vec());
        assert_eq!(
            rows,
            [row("6 Oct 2024", ["2,000", "3"]), row("4 Oct 2024", ["1", "0"])]
        );
        let totals: Vec<_> = chart.series.iter().map(Series::total).collect();
        assert_eq!(totals, ["2,001", "3"]);
        assert!(!chart.is_empty());
    }

    #[test]
    fn a_bar_stands_for_each_count_and_none_for_nothing() {
        let chart = chart([vec![4, 0, 2], vec![0, 0, 1]]);
        for svg in [&chart.wide.0, &chart.narrow.0] {
            assert_eq!(svg.matches("fill=\"#010203\"").count(), 2, "{svg}");
            assert_eq!(svg.matches("fill=\"#01020A\"").count(), 1, "{svg}");
            assert_eq!(svg.matches("class=\"day\"").count(), 3, "{svg}");
            assert!(svg.contains("6 Oct 2024: 2 accepted, 1 refused"), "{svg}");
        }
    }

    #[test]
    fn texts_are_escaped_and_nothing_has_a_style() {
        let svg = chart([vec![1; 90], vec![0; 90]]).wide.0;
        assert!(
            svg.contains("<title>&#60;Reports&#62; &#38; &#34;more&#34;</title>"),
            "{svg}"
        );
        assert!(!svg.contains("style="), "{svg}");
        assert!(svg.starts_with("<svg class=\"wide\" role=\"img\""), "{svg}");
        assert!(svg.ends_with("</svg>\n"), "{svg}");
    }

    #[test]
    fn days_without_anything_are_a_chart_too() {
        let empty = chart([vec![0; 90], vec![0; 90]]);
        assert!(empty.is_empty());
        assert!(empty.rows().is_empty());
        assert!(!empty.wide.0.contains("#010203"), "{}", empty.wide);
    }

    #[test]
    fn the_highest_bar_fits() {
        let chart = chart([vec![u64::from(u32::MAX); 2], vec![1, 0]]);
        for svg in [&chart.wide.0, &chart.narrow.0] {
            assert!(!svg.contains("=\"-"), "a coordinate lies outside: {svg}");
        }
    }
}
