package claims_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
)

// company are other sites beside party.example, which fails from 12:10 on: s0.example and so on.
type company struct {
	sites  int
	failed [][]int           // sites that fail at the same time; those of one group share their address, and an incident
	with   []int             // sites that do and share those of party.example
	listed map[int]time.Time // sites that a list names, and when
}

func nth(i int) string { return fmt.Sprintf("s%d.example", i) }

// fails says what is found of a site.
func (c *company) fails(minute int, place, site string) string {
	down := site == "party.example"
	for _, group := range append(c.failed, c.with) {
		down = down || slices.ContainsFunc(group, func(i int) bool { return nth(i) == site })
	}
	if !down {
		return "ok"
	}
	return during(730, 760, "http_502")(minute, place, site)
}

// written is the night as a file of the replay format.
func (c *company) written() string {
	s := scene{lines: []string{posted}, length: 1100, finds: c.fails, sites: `{"site":"party.example","home":"DK","address":"192.0.2.1"}`}
	for i := range c.sites {
		address := fmt.Sprintf("2001:db8:%d::1", i+1)
		for n, group := range c.failed {
			if slices.Contains(group, i) {
				address = fmt.Sprintf("2001:db8:f%d::1", n)
			}
		}
		if slices.Contains(c.with, i) {
			address = "192.0.2.1"
		}
		s.sites += fmt.Sprintf(`,{"site":%q,"home":"DK","address":%q}`, nth(i), address)
		if at, ok := c.listed[i]; ok {
			s.lines = append(s.lines, fmt.Sprintf(`{"t":%q,"listing":{"host":%q}}`, at.Format(time.RFC3339), nth(i)))
		}
	}
	return s.text()
}

// keep puts the night into a store in which party.example's results are.
func (c *company) keep(t *testing.T, r *room) {
	t.Helper()
	ids := make(map[string]store.SiteID)
	for i := range c.sites {
		if _, err := r.db.PutSite(t.Context(), store.Site{Name: nth(i), URL: "https://" + nth(i) + "/", Host: nth(i), Country: "DK", Added: midnight}); err != nil {
			t.Fatal(err)
		}
		if at, ok := c.listed[i]; ok {
			listAt(t, r, at.Add(time.Duration(i)*time.Millisecond), nth(i))
		}
	}
	sites, err := r.db.Sites(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sites {
		ids[s.Host] = s.ID
	}
	for n, group := range append(c.failed, c.with) {
		var hosts []string
		for _, i := range group {
			hosts = append(hosts, nth(i))
		}
		if n == len(c.failed) {
			hosts = append(hosts, "party.example")
		}
		outageOf(t, r, fmt.Sprint(n), ids, hosts)
	}
}

// outageOf notes an incident of several sites from 12:10 on.
func outageOf(t *testing.T, r *room, id string, ids map[string]store.SiteID, hosts []string) {
	t.Helper()
	began := midnight.Add(730 * time.Minute)
	i := watch.Incident{Kind: watch.Outage, Phase: watch.Over}
	kept := store.Incident{ID: id, Opened: began, Closed: began.Add(time.Hour)}
	for _, host := range hosts {
		i.Members = append(i.Members, watch.Member{Site: host, Phase: watch.Over, Start: watch.Interval{Earliest: began.Add(-time.Minute), Latest: began}})
		kept.Sites = append(kept.Sites, ids[host])
	}
	var err error
	if kept.Doc, err = json.Marshal(i); err != nil {
		t.Fatal(err)
	}
	if err := r.db.Apply(t.Context(), store.Step{Incidents: []store.Incident{kept}}); err != nil {
		t.Fatal(err)
	}
}

// TestNeighboursOfANight holds that who else failed speaks for and against a connection as it does in a written night, also where only incidents are
// known of it: those of one hoster are one, sites that somebody names are no others, and a list names a site in its window and not for half a day.
func TestNeighboursOfANight(t *testing.T) {
	early, late := midnight.Add(150*time.Minute), midnight.Add(715*time.Minute)
	for name, tt := range map[string]struct {
		company
		want []claim.Reason
	}{
		"alone":       {company{sites: 4}, nil},
		"one hoster":  {company{sites: 4, failed: [][]int{{0, 1, 2, 3}}}, nil},
		"apart":       {company{sites: 4, failed: [][]int{{0}, {1}, {2}, {3}}}, []claim.Reason{claim.WiderOutage}},
		"few of many": {company{sites: 12, failed: [][]int{{0}, {1}, {2}}}, nil},
		"most named": {
			company{sites: 12, failed: [][]int{{0}, {1}, {2}}, listed: map[int]time.Time{4: late, 5: late, 6: late, 7: late, 8: late}},
			[]claim.Reason{claim.WiderOutage},
		},
		"listed":        {company{sites: 4, failed: [][]int{{0}}, listed: map[int]time.Time{0: late}}, []claim.Reason{claim.SeveralAtOnce}},
		"listed before": {company{sites: 4, failed: [][]int{{0}}, listed: map[int]time.Time{0: early}}, nil},
		"its own":       {company{sites: 4, with: []int{0, 1, 2}}, []claim.Reason{claim.SharesProvider}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			tt.keep(t, r)
			id := addOne(t, r, "+ party.example\n")
			kept := ask(t, r, claims.Decide, claims.Deciding{Of: id}).Verdicts[0].Verdict
			for from, v := range map[string]claims.Verdict{"written": judged(t, tt.written()), "kept": kept} {
				got := slices.DeleteFunc(slices.Concat(v.For, v.Against), func(r claim.Reason) bool { return r == claim.Onset })
				if !slices.Equal(got, tt.want) {
					t.Errorf("got %v of the %s night, want %v", got, from, tt.want)
				}
			}
		})
	}
}
