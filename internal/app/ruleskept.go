package app

import (
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
	"time"

	"github.com/seawall-project/seawall"
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

// keepRules writes the rule book down. When that fails the rules stay in force all the same, until the process ends. The caller holds a.mu.
func (a *App) keepRules() {
	if a.State == "" {
		return
	}
	if err := a.rules.save(a.State, a.Now()); err != nil {
		a.rules.unsaved.Add(1)
		a.Logger.Warn("rules that are in force now would not outlive a restart", slog.Any("error", err))
	}
}

// save writes the book into a folder: whole, or not at all.
func (b *ruleBook) save(folder string, now time.Time) error {
	var kept keptRules
	b.mu.Lock()
	for _, h := range (RulesNamed{}).of(b.living(now)) {
		kept.Sets = append(kept.Sets, h.Draft)
	}
	kept.Dropped = maps.Clone(b.dropped)
	b.mu.Unlock()
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	if len(text) > maxRulesFile {
		return fmt.Errorf("the rules take %d bytes, %d are allowed", len(text), maxRulesFile)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	next, err := os.CreateTemp(folder, rulesFile+".*")
	if err != nil {
		return err
	}
	_, err = next.Write(text)
	if err = errors.Join(err, next.Sync(), next.Close()); err == nil {
		err = os.Rename(next.Name(), filepath.Join(folder, rulesFile))
	}
	if err != nil {
		return errors.Join(err, os.Remove(next.Name()))
	}
	return nil
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
	f, err := os.Open(filepath.Join(folder, rulesFile))
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxRulesFile+1))
	if err != nil {
		return 0, err
	}
	var kept keptRules
	if len(text) > maxRulesFile {
		return 0, fmt.Errorf("%s is longer than %d bytes", f.Name(), maxRulesFile)
	}
	if err := json.Unmarshal(text, &kept); err != nil {
		return 0, fmt.Errorf("read %s: %w", f.Name(), err)
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
	if len(waiting) == 0 {
		return
	}
	if _, err := a.takeUp(waiting); err != nil {
		a.Logger.Warn("rule sets that wait could not be judged again", slog.Any("error", err))
	}
}
