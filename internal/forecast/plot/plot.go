// Package plot draws what came of a back-test as SVG: how far the probabilities say what happens, and where the model is better than a base rate. The
// drawings have a title and a description, read in the light and in the dark, and load nothing.
package plot

import (
	"cmp"
	_ "embed"
	"fmt"
	"io"
	"math"
	"slices"
	"text/template"

	"github.com/seawall-project/seawall/internal/forecast"
)

//go:embed plot.svg.tmpl
var source string

var page = template.Must(template.New("plot").Parse(source))

// Sizes of the drawings, in pixels.
const (
	side    = 400 // of the square that calibration is drawn in
	left    = 60
	top     = 40
	row     = 18 // height of a country
	barsAt  = 60
	barsFor = 420 // width of a skill of 1
)

// drawing is what a page is made of.
type drawing struct {
	Name, Title, Desc string
	Width, Height     float64
	Lines             []line
	Boxes             []box
	Dots              []dot
	Words             []word
}

type line struct {
	Class          string
	X1, Y1, X2, Y2 float64
}

type box struct {
	Class      string
	X, Y, W, H float64
}

type dot struct{ X, Y, R float64 }

type word struct {
	Class, Anchor string
	X, Y          float64
	Text          string
}

// Calibration draws the bins of a back-test: what was said on average, what came, and the 90 % interval of that. The area of a dot goes with how often it
// was said.
func Calibration(w io.Writer, r *forecast.Result) error {
	d := drawing{
		Name: "calibration", Title: fmt.Sprintf("Calibration of %s, %s", r.Model, r.Definition), Width: left + side + 40, Height: top + side + 60,
		Desc: fmt.Sprintf("%d forecasts in tenths of the probability. On the diagonal what was said is what came; the mean distance from it is %.3f.", r.N, r.CalibrationError),
	}
	d.axes()
	for _, b := range r.Bins {
		if b.N == 0 {
			continue
		}
		x, y := across(b.MeanP), up(b.Share)
		d.Lines = append(d.Lines, line{"interval", x, up(b.Low), x, up(b.High)})
		d.Dots = append(d.Dots, dot{x, y, round(3 + 15*math.Sqrt(float64(b.N)/float64(r.N)))})
		d.Desc += fmt.Sprintf(" Said %.0f %% on average, %d times: it came in %.0f %%.", 100*b.MeanP, b.N, 100*b.Share)
	}
	return page.Execute(w, &d)
}

// axes draws the square with its diagonal.
func (d *drawing) axes() {
	d.Boxes = append(d.Boxes, box{"frame", left, top, side, side})
	d.Lines = append(d.Lines, line{"perfect", across(0), up(0), across(1), up(1)})
	for i := 0; i <= 10; i += 2 {
		p := float64(i) / 10
		d.Lines = append(d.Lines, line{"grid", across(p), up(0), across(p), up(1)}, line{"grid", across(0), up(p), across(1), up(p)})
		d.Words = append(d.Words,
			word{"tick", "middle", across(p), top + side + 18, fmt.Sprintf("%d", 10*i)}, word{"tick", "end", left - 8, up(p) + 4, fmt.Sprintf("%d", 10*i)})
	}
	d.Words = append(d.Words,
		word{"name", "start", left, top - 14, "came, in % (90 % interval)"}, word{"name", "middle", left + side/2, top + side + 42, "said, in %"})
}

func across(p float64) float64 { return round(left + side*p) }

func up(p float64) float64 { return round(top + side*(1-p)) }

// fewest is how many events a country needs for its skill to be drawn.
const fewest = 20

// Skill draws the skill of each country with 20 events or more, the best first: 1 − Brier score/Brier score of the country's own base rate.
func Skill(w io.Writer, r *forecast.Result) error {
	type bar struct {
		forecast.CountryResult
		skill float64
	}
	var bars []bar
	for _, c := range r.Countries {
		if c.Events >= fewest && c.BrierReference > 0 {
			bars = append(bars, bar{c, 1 - c.Brier/c.BrierReference})
		}
	}
	slices.SortFunc(bars, func(a, b bar) int { return cmp.Or(cmp.Compare(b.skill, a.skill), cmp.Compare(a.Country, b.Country)) })
	low := 0.0
	for _, b := range bars {
		low = min(low, b.skill)
	}
	low = math.Floor(10*low) / 10
	at := func(skill float64) float64 { return round(barsAt + barsFor*(skill-low)) }
	high := float64(top + row*len(bars))
	d := drawing{
		Name: "skill", Title: fmt.Sprintf("Skill of %s by country, %s", r.Model, r.Definition), Width: at(1) + 40, Height: high + 40,
		Desc: fmt.Sprintf("Skill against each country's own base rate, of the %d countries with %d events or more; in all it is %.3f. At 0 a base rate does as well.",
			len(bars), fewest, r.Skill),
	}
	for skill := low; skill < 1.05; skill += 0.2 {
		skill = math.Round(10*skill) / 10
		d.Lines = append(d.Lines, line{"grid", at(skill), top, at(skill), high})
		d.Words = append(d.Words, word{"tick", "middle", at(skill), high + 18, fmt.Sprintf("%.1f", skill+0)})
	}
	d.Lines = append(d.Lines, line{"zero", at(0), top, at(0), high}, line{"all", at(r.Skill), top - 6, at(r.Skill), high})
	d.Words = append(d.Words, word{"name", "middle", at(r.Skill), top - 12, fmt.Sprintf("all %.3f", r.Skill)})
	for i, b := range bars {
		y := float64(top + row*i)
		x, end := min(at(0), at(b.skill)), max(at(0), at(b.skill))
		d.Boxes = append(d.Boxes, box{"bar", x, y + 3, round(end - x), row - 6})
		d.Words = append(d.Words, word{"tick", "end", barsAt - 8, y + 13, b.Country}, word{"tick", "start", end + 6, y + 13, fmt.Sprintf("%.2f", b.skill)})
		d.Desc += fmt.Sprintf(" %s %.2f with %d events.", b.Country, b.skill, b.Events)
	}
	return page.Execute(w, &d)
}

// round leaves a tenth of a pixel.
func round(x float64) float64 { return math.Round(10*x) / 10 }
