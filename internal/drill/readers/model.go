package readers

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Model is how readers behave. A list of shares need not add up to one: only the proportions count. A list of samples is what chance
// picks from, each entry being as likely as the next; quantiles at equal steps serve as well as measurements. A Model is not changed
// once made.
type Model struct {
	Pages      []float64       // shares of visits with 1, 2, 3 … page views; empty means one each
	Gaps       []time.Duration // samples of the time between two page views of a visit, ascending
	Assets     []int           // samples of assets fetched with a page, ascending; the page's own number is never exceeded
	Popularity []float64       // shares of page views that go to the most popular page, the second …; empty means all to the first

	Searches float64 // share of page views that are searches
	Forms    float64 // share of page views that send in a form

	Feeds    float64 // share of visits by feed readers; one view each
	Scripts  float64 // share of visits by scripts; one view each
	NoScript float64 // share of the other visits by browsers that run no JavaScript

	Lines    int // lines read by [FromLog]
	BadLines int // of them, those that are not of the format or too long
	Skipped  int // of them, those left out because a bound was reached
}

// String returns how much of a log was of use, in numbers, and nothing of what the log holds.
func (m *Model) String() string {
	return fmt.Sprintf("%d lines, %d unreadable, %d left out", m.Lines, m.BadLines, m.Skipped)
}

// The bounds of a model, whatever a log says.
const (
	maxPages = 50               // page views of one visit
	maxGap   = 60 * time.Second // between two page views, after scaling
	maxRanks = 500
)

// Shares that a log does not tell.
const (
	searchShare   = 0.05
	formShare     = 0.02
	noScriptShare = 0.05
)

// Default returns made-up readers: about three pages a visit, some eight seconds apart, every asset of a page fetched, popularity by
// Zipf's law with exponent 0.9, 5 % searches, 2 % forms, and one reader in fifty a feed reader or a script.
func Default() *Model {
	return &Model{
		Pages:      fading(20, 0.68),
		Gaps:       logNormal(8*time.Second, 0.7),
		Assets:     []int{math.MaxInt},
		Popularity: zipf(maxRanks, 0.9),
		Searches:   searchShare,
		Forms:      formShare,
		Feeds:      0.012,
		Scripts:    0.008,
		NoScript:   noScriptShare,
	}
}

// meanViews returns the expected number of views of a visit.
func (m *Model) meanViews() float64 {
	single := m.Feeds + m.Scripts
	return single + (1-single)*meanRank(m.Pages)
}

// longest returns an upper bound of the time from the first view of a visit to its last.
func (m *Model) longest() time.Duration {
	if len(m.Gaps) == 0 {
		return 0
	}
	return time.Duration(len(m.Pages)) * slices.Max(m.Gaps)
}

// meanRank returns the mean of 1, 2, 3 … weighted by shares; 1 when there are none.
func meanRank(shares []float64) float64 {
	var total, sum float64
	for i, s := range shares {
		total += s
		sum += s * float64(i+1)
	}
	if total == 0 {
		return 1
	}
	return sum / total
}

// fading returns n shares, each ratio times the one before.
func fading(n int, ratio float64) []float64 {
	shares := make([]float64, n)
	for i := range shares {
		shares[i] = math.Pow(ratio, float64(i))
	}
	return shares
}

// zipf returns n shares by Zipf's law.
func zipf(n int, exponent float64) []float64 {
	shares := make([]float64, n)
	for i := range shares {
		shares[i] = math.Pow(float64(i+1), -exponent)
	}
	return shares
}

// logNormal returns the percentiles of a log-normal distribution, kept between one second and [maxGap].
func logNormal(median time.Duration, sigma float64) []time.Duration {
	list := make([]time.Duration, 99)
	for i := range list {
		p := float64(i+1) / 100
		factor := math.Exp(sigma * math.Sqrt2 * math.Erfinv(2*p-1))
		list[i] = min(max(time.Duration(factor*float64(median)), time.Second), maxGap)
	}
	return list
}
