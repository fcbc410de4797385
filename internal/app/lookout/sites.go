package lookout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"

	"github.com/klauspost/compress/zstd"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// recall reads the watch list and the state machine's memory, and what was found since that was kept.
func (l *Lookout) recall(ctx context.Context) error {
	kept, err := l.Store.Snapshots(ctx)
	if err != nil {
		return fmt.Errorf("read where the lookout stood: %w", err)
	}
	if err := l.Reread(ctx); err != nil {
		return err
	}
	for _, s := range kept {
		if s.Site != 0 {
			continue
		}
		if err := l.restore(s); err != nil {
			return err
		}
	}
	return l.recallBudget(ctx)
}

// packed is what is kept under site 0: a memory in JSON, compressed, since it says much the same of every site.
type packed struct {
	Zstd []byte `json:"zstd"`
}

// memoryMost is the most that a memory may hold when it is read again.
const memoryMost = 512 << 20

func pack(m memory) (json.RawMessage, error) {
	plain, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(packWindow), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	defer w.Close()
	return json.Marshal(packed{w.EncodeAll(plain, nil)})
}

// packWindow is how far back the same is found again: a few hundred sites.
const packWindow = 1 << 20

func unpack(doc json.RawMessage) (m memory, err error) {
	var p packed
	if err := json.Unmarshal(doc, &p); err != nil {
		return m, err
	}
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(memoryMost))
	if err != nil {
		return m, err
	}
	defer r.Close()
	plain, err := r.DecodeAll(p.Zstd, nil)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(plain, &m)
}

// memory is what the lookout has to know again after a restart.
type memory struct {
	Machine json.RawMessage         `json:"machine"`
	Learned map[string][]netip.Addr `json:"addresses"`
	Traits  map[string]traits       `json:"traits,omitempty"`
	Proven  []proof                 `json:"proven,omitempty"`
}

// proof says of what evidence was last kept of a host from a vantage.
type proof struct {
	Host     string            `json:"host"`
	Vantage  string            `json:"vantage"`
	Class    probe.Class       `json:"class"`
	Assessed probe.Assessments `json:"assessed,omitempty"`
}

func (l *Lookout) restore(s store.Snapshot) error {
	m, err := unpack(s.Doc)
	if err != nil {
		l.Logger.Warn("the lookout begins anew: it cannot read where it stood", slog.Any("error", err))
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for host, addrs := range m.Learned {
		if _, ok := l.sites[host]; ok {
			t := m.Traits[host]
			l.learned[host] = learned{addresses: addrs, cname: t.CNAME, servers: t.Servers, asked: t.Asked, page: t.Page}
		}
	}
	l.rebuild(nil)
	err = l.machine.Restore(m.Machine)
	if errors.Is(err, watch.ErrSnapshot) {
		l.Logger.Warn("the lookout begins anew: it cannot read where it stood", slog.Any("error", err))
		return nil
	}
	for _, at := range m.Proven {
		l.proven[sight{at.Host, at.Vantage}] = verdict{at.Class, at.Assessed, true}
	}
	return err
}

// ownSentinels gives this place the whole budget of its sentinels, so that it can ask them beside their minute: no vantage elsewhere has a part of it. Of
// what was watched since the start, vantages elsewhere do. The caller holds mu.
func (l *Lookout) ownSentinels() {
	for _, s := range l.sites {
		l.shared[targetOf(s).Site()] = true
	}
	var own []string
	for _, s := range l.Sentinels {
		if site := (probe.Target{URL: s.URL}).Site(); !l.shared[site] {
			own = append(own, site)
		}
	}
	l.Prober.Budget().Alone(own)
}

// watched returns the sites that are asked, by host.
func watched(all []store.Site, outs []store.OptOut) map[string]store.Site {
	sites, out := make(map[string]store.Site), leavers(outs)
	for _, s := range all {
		if s.Removed.IsZero() && !s.Paused && out.whose(s.Host) == "" {
			sites[s.Host] = s
		}
	}
	return sites
}

// byHost returns all sites by host: the one that is on the list, where one was removed and came back.
func byHost(all []store.Site) map[string]store.Site {
	sites := make(map[string]store.Site, len(all))
	for _, s := range all {
		if _, known := sites[s.Host]; !known || s.Removed.IsZero() {
			sites[s.Host] = s
		}
	}
	return sites
}

// forbid tells the prober what must not be asked. Where it cannot be read what attack orders name, what was read last holds, who opted out is heard
// all the same, and unread says why; a lookout that never could read it has an error.
func (l *Lookout) forbid(ctx context.Context, outs []store.OptOut) (unread, err error) {
	var named map[string]probe.Listed
	if l.Named != nil {
		if named, unread = l.Named(ctx); unread != nil {
			unread = fmt.Errorf("read what attack orders name: %w", unread)
		}
	}
	l.mu.Lock()
	if unread == nil {
		l.named, l.knows = named, true
	}
	rules, knows := probe.Rules{OptOut: hostsOf(outs), Listed: l.named}, l.knows
	l.mu.Unlock()
	if err := l.Prober.SetRules(rules); err != nil || !knows {
		return nil, errors.Join(err, unread)
	}
	return unread, nil
}

// rebuild makes the machine anew for the present list, with what it knew. The caller holds mu.
func (l *Lookout) rebuild(snapshot []byte) {
	c := watch.Config{Vantages: append([]watch.Vantage{l.Vantage}, l.places...)}
	for i := range l.places {
		c.Vantages[i+1].Addresses = l.where[l.places[i].Name]
	}
	for host, s := range l.sites {
		c.Sites = append(c.Sites, l.siteOf(host, s))
	}
	l.meet(c.Sites)
	machine, err := watch.New(c)
	if err == nil && snapshot != nil {
		err = machine.Restore(snapshot)
	}
	if err != nil {
		l.Logger.Error("the watch list was not taken up", slog.Any("error", err))
		if l.machine != nil {
			return
		}
		machine, _ = watch.New(watch.Config{Vantages: c.Vantages})
	}
	if l.machine != nil {
		for _, i := range l.machine.Incidents() {
			l.before[i.ID] = i
		}
	}
	l.machine, l.unlearnt, l.unsettled = machine, false, true
}

// declare tells the machine of maintenance windows.
func (l *Lookout) declare(windows []store.Maintenance, all []store.Site) {
	hosts := make(map[store.SiteID]string, len(all))
	for _, s := range all {
		hosts[s.ID] = s.Host
	}
	for _, w := range windows {
		for host := range l.sites {
			if w.Site == 0 || hosts[w.Site] == host {
				l.machine.Observe(watch.Fact{At: l.Now(), Maintenance: &watch.Maintenance{Site: host, From: w.From, Until: w.To}})
			}
		}
	}
}
