package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/whole"
	"github.com/seawall-project/seawall/internal/edge/rules"
	"github.com/seawall-project/seawall/internal/intel/draft"
)

// rulesFile is where the rule book is kept, in the folder for state.
const rulesFile = "rules.json"

// maxRulesFile is the most that it may hold, in bytes.
const maxRulesFile = 64 << 20

// keptRules is the rule book as it outlives the process: what was approved, what waits, and what a person did not want. How often rules fitted is
// not kept.
type keptRules struct {
	Sets    []draft.Draft        `json:"sets"`
	Dropped map[string]time.Time `json:"dropped"`
}

// keepRules has the rule book written down soon, by whoever runs [App.saveRules]: nobody waits for a disk.
func (a *App) keepRules() {
	if a.State == "" {
		return
	}
	select {
	case a.rules.changed <- struct{}{}:
	default: // it is about to be
	}
}

// lastSave is how long the end of the process waits for the rule book to be written down.
const lastSave = 3 * time.Second

// savingRules writes the rule book down whenever it has changed, until the function that it returns is called: that waits for the last writing, but not
// for a disk that hangs.
func (a *App) savingRules(ctx context.Context) (stop func()) {
	ctx, end := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-a.rules.changed:
				a.saveRules()
			case <-ctx.Done():
				select {
				case <-a.rules.changed:
					a.saveRules()
				default:
				}
				return
			}
		}
	}()
	return func() {
		end()
		select {
		case <-done:
		case <-time.After(lastSave):
			a.Logger.Warn("rules of now may not outlive the restart: the folder for state takes nothing")
		}
	}
}

// saveRules writes the rule book down. When that fails the rules stay in force all the same, until the process ends.
func (a *App) saveRules() {
	if err := a.rules.save(a.State, a.Now()); err != nil {
		a.rules.unsaved.Add(1)
		a.Logger.Warn("rules that are in force now would not outlive a restart", slog.Any("error", err))
	}
}

// save writes the book into a folder: whole, or not at all. What another process has written there of sites that were never this one's stays. When
// not all has room, what waits is left out first.
func (b *ruleBook) save(folder string, now time.Time) error {
	before, err := readRules(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		before = keptRules{} // it is of no use to anybody
	}
	kept := keptRules{Dropped: make(map[string]time.Time)}
	b.mu.Lock()
	for _, h := range (RulesNamed{}).of(b.living(now)) {
		kept.Sets = append(kept.Sets, h.Draft)
	}
	maps.Copy(kept.Dropped, b.dropped)
	ours := maps.Clone(b.ours)
	b.mu.Unlock()
	for _, d := range before.Sets {
		if !ours[d.Set.Site] && now.Before(d.Set.Until) {
			kept.Sets = append(kept.Sets, d)
		}
	}
	for key, until := range before.Dropped {
		if site, _, _ := strings.Cut(key, "/"); !ours[site] && now.Before(until) {
			kept.Dropped[key] = until
		}
	}
	slices.SortStableFunc(kept.Sets, func(x, y draft.Draft) int { return strings.Compare(string(x.Waits), string(y.Waits)) }) // in force first
	text, err := kept.encode(maxRulesFile)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return whole.Write(filepath.Join(folder, rulesFile), text)
}

// encode returns the file, with as many sets as there is room for.
func (k *keptRules) encode(most int) ([]byte, error) {
	var out bytes.Buffer
	put := func(v any) error {
		e := json.NewEncoder(&out)
		e.SetEscapeHTML(false)
		return e.Encode(v)
	}
	out.WriteString(`{"dropped":`)
	if err := put(k.Dropped); err != nil {
		return nil, err
	}
	out.WriteString(`,"sets":[`)
	for i := range k.Sets {
		at := out.Len()
		if i > 0 {
			out.WriteByte(',')
		}
		if err := put(&k.Sets[i]); err != nil {
			return nil, err
		}
		if out.Len() > most {
			out.Truncate(at)
			break
		}
	}
	out.WriteString("]}")
	return out.Bytes(), nil
}

// readRules reads what was kept.
func readRules(folder string) (kept keptRules, err error) {
	f, err := os.Open(filepath.Join(folder, rulesFile))
	if err != nil {
		return kept, err
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxRulesFile+1))
	if err != nil {
		return kept, err
	}
	if len(text) > maxRulesFile {
		return kept, fmt.Errorf("%s is longer than %d bytes", f.Name(), maxRulesFile)
	}
	if err := json.Unmarshal(text, &kept); err != nil {
		return keptRules{}, fmt.Errorf("read %s: %w", f.Name(), err)
	}
	return kept, nil
}

// recallRules reads what an earlier process kept. Whatever is wrong with it is left out: a Seawall without rules is one that delays nothing.
func (a *App) recallRules() {
	if a.State == "" {
		return
	}
	left, err := a.rules.recall(a.State, a.Now())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.Logger.Warn("rules of before are not known", slog.Any("error", err))
	}
	if left > 0 {
		a.Logger.Warn("rule sets of before cannot be taken up", slog.Int("sets", left))
	}
}

// recall fills an empty book, and returns how many sets it left out that have not ended.
func (b *ruleBook) recall(folder string, now time.Time) (left int, err error) {
	kept, err := readRules(folder)
	if err != nil {
		return 0, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sites = make(map[string][]*heldSet)
	for _, d := range kept.Sets {
		switch s := &d.Set; {
		case !now.Before(s.Until):
		case s.Check() != nil || s.Since.After(now) || !fits(append(setsOf(b.sites[s.Site]), *s)):
			left++
		default:
			b.sites[s.Site] = append(b.sites[s.Site], &heldSet{Draft: d, fitted: newFitted()})
		}
	}
	for key, until := range kept.Dropped {
		if now.Before(until) && len(b.dropped) < maxDropped {
			b.remember(key, until)
		}
	}
	return left, nil
}

func setsOf(of []*heldSet) (sets []seawall.RuleSet) {
	for _, h := range of {
		sets = append(sets, h.Set)
	}
	return sets
}

// fits reports whether an edge has room for all rules of some sets of one site.
func fits(sets []seawall.RuleSet) bool {
	_, left, err := rules.Compile(sets)
	return err == nil && len(left) == 0
}

// judgeAgain is how often sets that wait because too little was known of a site's traffic are judged again.
const judgeAgain = time.Minute

// judgeWaiting judges them as long as ctx lives.
func (a *App) judgeWaiting(ctx context.Context) error {
	tick := time.NewTicker(judgeAgain)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			a.judgeNow()
		}
	}
}

// judgeNow judges what waits for want of knowledge where enough is known by now.
func (a *App) judgeNow() {
	a.mu.Lock()
	defer a.mu.Unlock()
	g, now := a.graph(), a.Now()
	var waiting []draft.Draft
	a.rules.mu.Lock()
	for _, h := range (RulesNamed{}).of(a.rules.living(now)) {
		i := slices.IndexFunc(g.sites, func(s *seawall.Site) bool { return s.Name == h.Set.Site })
		if i < 0 || h.Waits != draft.WaitsUnknown {
			continue
		}
		if n, _ := g.books[i].Len(); n >= draft.MinTraffic {
			waiting = append(waiting, h.Draft)
		}
	}
	a.rules.mu.Unlock()
	for _, d := range waiting { // one by one, so that what is refused keeps nobody else waiting
		if _, err := a.takeUp([]draft.Draft{d}); err != nil {
			a.Logger.Warn("a rule set that waits could not be judged again", slog.String("site", d.Set.Site), slog.Any("error", err))
		}
	}
}
