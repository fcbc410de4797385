package readers

import (
	"bufio"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"math"
	"slices"
	"time"
)

// ErrNoReaders is returned by [FromLog] for a log without a single page view by a browser.
var ErrNoReaders = errors.New("log holds no page view by a browser")

// The bounds of reading a log, so that any log can be read.
const (
	maxLine    = 16 << 10 // bytes of a line
	maxClients = 1 << 16  // address and agent, each with a visit under way
	maxPaths   = 1 << 16
	maxSamples = 1 << 18 // of gaps, assets and visits
)

// visitGap is the silence that ends a visit, as is usual in the analysis of logs.
const visitGap = 30 * time.Minute

// fittingVisit is how long the median visit of more than one page is to last, so that readers come and go within an act.
const fittingVisit = 20 * time.Second

// FromLog measures a model in an access log of the combined format, in about the order of time, as servers write it. A visit is what
// one address and agent ask for without half an hour of silence; views are successful GETs of what is neither asset nor feed. Gaps are
// scaled down for the median visit of several pages to last 20 s. Shares of searches, forms and readers without JavaScript are those
// of [Default], since a log tells them badly.
//
// Neither addresses nor agents nor paths are kept: they are counted under hashes whose key dies with the call. Lines that cannot be
// read are counted and passed over. Lines, clients, paths and samples are bounded; some 50 MB are used at most. The error is of
// reading r, or [ErrNoReaders], with the lines in numbers.
func FromLog(r io.Reader) (*Model, error) {
	s := newSurvey()
	lines := bufio.NewReaderSize(r, maxLine)
	for {
		line, whole, err := readLine(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read access log: %w", err)
		}
		if len(line) > 0 {
			s.line(string(line), whole)
		}
		if errors.Is(err, io.EOF) {
			return s.model()
		}
	}
}

// readLine returns the next line without its end; whole is false when it was longer than the buffer and only its beginning is returned.
func readLine(r *bufio.Reader) (line []byte, whole bool, err error) {
	line, err = r.ReadSlice('\n')
	if err == nil {
		return line[:len(line)-1], true, nil
	}
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, true, err
	}
	first := line[:1]
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.ReadSlice('\n')
	}
	return first, false, err
}

// survey counts what a log tells.
type survey struct {
	seed    maphash.Seed
	visits  map[uint64]*logVisit // the last of each client
	paths   map[uint64]int       // views
	pages   []float64            // visits of browsers by number of views
	spans   []time.Duration      // of visits with more than one view
	gaps    []time.Duration
	assets  []int
	byAgent [3]float64 // visits
	lines   int
	bad     int
	skipped int
}

// logVisit is a visit in a log, until it is over.
type logVisit struct {
	agent  Agent
	last   time.Time // of anything
	views  []int64   // Unix times in seconds of the first views, at most maxPages, in the order of the log
	assets int
}

func newSurvey() *survey {
	return &survey{
		seed:   maphash.MakeSeed(),
		visits: make(map[uint64]*logVisit),
		paths:  make(map[uint64]int),
		pages:  make([]float64, maxPages),
	}
}

func (s *survey) line(line string, whole bool) {
	s.lines++
	e, ok := parseEntry(line)
	if !whole || !ok {
		s.bad++
		return
	}
	v := s.visitOf(e)
	if v == nil {
		s.skipped++
		return
	}
	if e.at.After(v.last) {
		v.last = e.at
	}
	served := e.method == "GET" && (e.status == 200 || e.status == 304)
	switch {
	case !served:
	case isFeedPath(e.target):
		if len(v.views) == 0 {
			v.agent = FeedReader
		}
	case isAssetPath(e.target):
		v.assets++
	default:
		s.view(v, e)
	}
}

// visitOf returns the visit that e belongs to, a new one after a silence; nil when there is no room for another client.
func (s *survey) visitOf(e entry) *logVisit {
	key := maphash.String(s.seed, e.addr+" "+e.agent)
	v, ok := s.visits[key]
	switch {
	case ok && e.at.Sub(v.last).Abs() <= visitGap: // a clock that jumps back is a silence too
		return v
	case ok:
		s.end(v)
	case len(s.visits) >= maxClients:
		return nil
	}
	v = &logVisit{agent: agentOf(e.agent)}
	s.visits[key] = v
	return v
}

func (s *survey) view(v *logVisit, e entry) {
	s.popular(e.target)
	if v.agent == FeedReader && agentOf(e.agent) == Browser {
		v.agent = Browser // a browser that looked at the feed first
	}
	if len(v.views) < maxPages {
		v.views = append(v.views, e.at.Unix())
	}
}

func (s *survey) popular(target string) {
	key := maphash.String(s.seed, target)
	if _, ok := s.paths[key]; ok || len(s.paths) < maxPaths {
		s.paths[key]++
	}
}

// end counts a visit that is over. Its assets are shared out evenly among its views.
func (s *survey) end(v *logVisit) {
	if v.agent != Browser {
		s.byAgent[v.agent]++
		return
	}
	n := len(v.views)
	if n == 0 {
		return
	}
	s.byAgent[Browser]++
	s.pages[n-1]++
	slices.Sort(v.views) // servers write a line when an answer ends, not when it was asked for
	for i, at := range v.views {
		s.assets = keep(s.assets, (v.assets+i)/n)
		if i > 0 {
			s.gaps = keep(s.gaps, time.Duration(at-v.views[i-1])*time.Second)
		}
	}
	if n > 1 {
		s.spans = keep(s.spans, time.Duration(v.views[n-1]-v.views[0])*time.Second)
	}
}

// model ends all visits and returns what was found.
func (s *survey) model() (*Model, error) {
	for _, v := range s.visits {
		s.end(v)
	}
	if s.byAgent[Browser] == 0 {
		return nil, fmt.Errorf("%w (%v)", ErrNoReaders, &Model{Lines: s.lines, BadLines: s.bad, Skipped: s.skipped})
	}
	all := s.byAgent[Browser] + s.byAgent[FeedReader] + s.byAgent[Script]
	return &Model{
		Pages:      s.pages,
		Gaps:       fit(percentiles(s.gaps), s.spans),
		Assets:     percentiles(s.assets),
		Popularity: ranks(s.paths),
		Searches:   searchShare,
		Forms:      formShare,
		Feeds:      s.byAgent[FeedReader] / all,
		Scripts:    s.byAgent[Script] / all,
		NoScript:   noScriptShare,
		Lines:      s.lines,
		BadLines:   s.bad,
		Skipped:    s.skipped,
	}, nil
}

// fit scales gaps for the median of spans to become [fittingVisit], if it is longer, and bounds them by [maxGap].
func fit(gaps, spans []time.Duration) []time.Duration {
	scale := 1.0
	if len(spans) > 0 {
		slices.Sort(spans)
		if median := spans[len(spans)/2]; median > fittingVisit {
			scale = float64(fittingVisit) / float64(median)
		}
	}
	for i, g := range gaps {
		gaps[i] = min(time.Duration(math.Round(float64(g)*scale)), maxGap)
	}
	return gaps
}

// percentiles returns at most a hundred samples that stand for all.
func percentiles[T int | time.Duration](all []T) []T {
	const n = 100
	slices.Sort(all)
	if len(all) <= n {
		return all
	}
	some := make([]T, n)
	for i := range some {
		some[i] = all[(2*i+1)*len(all)/(2*n)]
	}
	return some
}

// ranks returns the shares of the most viewed paths, without the paths.
func ranks(paths map[uint64]int) []float64 {
	counts := make([]float64, 0, len(paths))
	for _, n := range paths {
		counts = append(counts, float64(n))
	}
	slices.SortFunc(counts, func(a, b float64) int { return int(b - a) })
	return counts[:min(len(counts), maxRanks)]
}

// keep appends one sample as long as there is room.
func keep[T any](list []T, x T) []T {
	if len(list) < maxSamples {
		list = append(list, x)
	}
	return list
}
