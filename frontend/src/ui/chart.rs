//! Bars over time, drawn as SVG; a table of the same figures is there for those who do not see them.

use leptos::prelude::*;

/// One bar: a good part below, a bad part above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// What stands below it.
    pub label: String,
    /// The lower part.
    pub good: u64,
    /// The upper part.
    pub bad: u64,
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 150.0;

/// A chart of stacked bars; `words` name the whole, the good and the bad part.
#[component]
pub fn Bars(#[prop(into)] bars: Signal<Vec<Bar>>, words: (&'static str, &'static str, &'static str)) -> impl IntoView {
    let (title, good, bad) = words;
    view! {
        <figure>
            <div class="legend mb-3">
                <span><i class="bg-accent"></i>{good}</span>
                <span><i class="bg-bad opacity-80"></i>{bad}</span>
            </div>
            {move || drawing(&bars.get(), good, bad)}
            // A table takes the height of its rows whatever it is told; the box round it does not.
            <div class="sr-only">
                <table>
                    <caption>{title}</caption>
                    <thead><tr><th scope="col">"Hour"</th><th scope="col">{good}</th><th scope="col">{bad}</th></tr></thead>
                    <tbody>
                        {move || bars.get().into_iter().map(|bar| view! {
                            <tr><th scope="row">{bar.label}</th><td>{bar.good}</td><td>{bar.bad}</td></tr>
                        }).collect_view()}
                    </tbody>
                </table>
            </div>
        </figure>
    }
}

fn drawing(bars: &[Bar], good: &str, bad: &str) -> impl IntoView + use<> {
    let top = scale(bars.iter().map(|bar| bar.good + bar.bad).max().unwrap_or(0));
    let step = WIDTH / bars.len().max(1) as f64;
    let y = move |value: u64| HEIGHT - HEIGHT * value as f64 / top as f64;
    let lines = [0, top / 2, top]
        .map(|value| view! { <line class="chart-line" x1="0" x2=WIDTH y1=y(value) y2=y(value)></line> });
    let drawn = bars.iter().enumerate().map(|(index, bar)| {
        let left = step * index as f64;
        let width = step * 0.62;
        let x = left + (step - width) / 2.0;
        let tip = format!("{}: {} {}, {} {}", bar.label, bar.good, good.to_lowercase(), bar.bad, bad.to_lowercase());
        view! {
            <g class="chart-bar">
                <title>{tip}</title>
                <rect class="chart-slot" x=left y="0" width=step height=HEIGHT></rect>
                {part("chart-good", x, y(bar.good), width, y(0) - y(bar.good))}
                {part("chart-bad", x, y(bar.good + bar.bad), width, y(bar.good) - y(bar.good + bar.bad))}
            </g>
        }
    });
    // Text would be stretched with the drawing; it stands beside it.
    let every = if bars.len() > 12 { 4 } else { 1 };
    let labels = bars.iter().enumerate().filter(|(index, _)| index % every == 0).map(|(index, bar)| {
        let left = 100.0 * (step * index as f64 + step / 2.0) / WIDTH;
        view! { <span style:left=format!("{left}%")>{bar.label.clone()}</span> }
    });
    view! {
        <div class="chart" aria-hidden="true">
            <div class="chart-scale"><span>{top}</span><span>{top / 2}</span><span>"0"</span></div>
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none">
                {lines.into_iter().collect_view()}
                {drawn.collect_view()}
            </svg>
            <div class="chart-hours">{labels.collect_view()}</div>
        </div>
    }
}

fn part(class: &'static str, x: f64, y: f64, width: f64, height: f64) -> impl IntoView {
    (height > 0.0).then(|| {
        view! { <rect class=class x=x y=y width=width height=(height - 1.0).max(1.5) rx=height.min(2.5)></rect> }
    })
}

/// The top of the axis: even, and round enough to be read.
fn scale(most: u64) -> u64 {
    let mut step = 1;
    loop {
        for factor in [4, 10, 20, 30] {
            let top = step * factor;
            if most <= top {
                return top;
            }
        }
        step *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_ends_at_a_round_even_figure_above_all_bars() {
        assert_eq!(scale(0), 4);
        assert_eq!(scale(5), 10);
        assert_eq!(scale(11), 20);
        assert_eq!(scale(31), 40);
        assert_eq!(scale(2_500), 3_000);
        for most in 0..5_000 {
            let top = scale(most);
            assert!(top >= most && top.is_multiple_of(2));
        }
    }
}
