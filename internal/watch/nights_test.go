package watch_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// eve is when every scripted night begins.
var eve = time.Date(2025, 11, 17, 19, 0, 0, 0, time.UTC)

// at returns the time of a second of the night.
func at(second int) time.Time { return eve.Add(time.Duration(second) * time.Second) }

const minute = 60

type (
	place struct {
		Name    string `json:"name"`
		Network string `json:"network"`
		Country string `json:"country"`
		offset  int    // seconds after the full round at which it asks
	}
	party struct {
		Site     string `json:"site"`
		Home     string `json:"home"`
		Address  string `json:"address"`
		Provider string `json:"provider"`
	}
	// answer is what a probe finds: a class and, where the page came, the time to its first byte in ms.
	answer struct {
		class string
		ttfb  int
		said  string // beside the class
	}
	// row is a line of the night.
	row map[string]any
	// script is a night: who asks whom, and what they find. An empty class is a probe that was never made.
	script struct {
		name    string
		about   string
		parties []party
		places  []place
		length  int // seconds
		pace    int // seconds between rounds; 60 when zero
		doubt   [2]int
		found   func(t int, place, site string) answer
		extra   []row // with "t" in seconds
		clock   func(t int, place string) int
		want    []affair
		never   []string // states that no site may reach
		quiet   bool     // no transition but from unknown to up
	}
	// affair is an incident that has to come out, in the order of their beginnings and names.
	affair struct {
		sites     []string
		began     int // the true second, which the interval has to hold
		ended     int // zero while it goes on
		en, da    string
		flaps     int
		state     string // closed when empty
		verdict   string // of the cause; any when empty
		unbounded bool   // nothing is known from before it
	}
)

var (
	dk1   = place{"dk1", "AS64501", "DK", 0}
	dk2   = place{"dk2", "AS64502", "DK", 20}
	de1   = place{"de1", "AS64503", "DE", 41}
	us1   = place{"us1", "AS64504", "US", 31}
	three = []place{dk1, dk2, de1}

	good  = answer{class: "ok", ttfb: 120}
	bad   = answer{class: "http_502"}
	lost  = answer{class: "tcp_timeout"}
	never = answer{}
)

// parties returns n sites that share nothing.
func parties(n int) []party {
	all := make([]party, n)
	for i := range all {
		all[i] = party{fmt.Sprintf("party%02d.example", i+1), "DK", fmt.Sprintf("2001:db8:%x::80", i+1), fmt.Sprintf("AS%d", 64600+i)}
	}
	return all
}

// during returns what fails between two seconds, everywhere, and is good before and after.
func during(from, to int, what answer) func(int, string, string) answer {
	return func(t int, _, _ string) answer {
		if t >= from && t < to {
			return what
		}
		return good
	}
}

// lines writes the night as the file that replay reads.
func (s script) lines() string {
	type line struct {
		t int
		row
	}
	var all []line
	pace := cmp.Or(s.pace, minute)
	for _, p := range s.places {
		for t := p.offset; t < s.length; {
			for _, site := range s.parties {
				a := s.found(t, p.Name, site.Site)
				if a.class == "" {
					continue
				}
				told := t
				if s.clock != nil {
					told = s.clock(t, p.Name)
				}
				r := row{"t": at(told).Format(time.RFC3339), "vantage": p.Name, "site": site.Site, "class": a.class}
				if a.ttfb > 0 {
					r["ttfb_ms"] = a.ttfb
				}
				if a.said != "" {
					r["assessment"] = a.said
				}
				all = append(all, line{t, r})
			}
			if t >= s.doubt[0] && t < s.doubt[1] {
				t += 15
			} else {
				t += pace
			}
		}
	}
	for _, r := range s.extra {
		t, _ := r["t"].(int)
		said := row{}
		maps.Copy(said, r)
		said["t"] = at(t).Format(time.RFC3339)
		all = append(all, line{t, said})
	}
	slices.SortStableFunc(all, func(a, b line) int { return cmp.Compare(a.t, b.t) })
	var out strings.Builder
	write := func(v any) {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		out.Write(text)
		out.WriteByte('\n')
	}
	write(map[string]any{"about": s.about, "sites": s.parties, "vantages": s.places})
	for _, l := range all {
		write(l.row)
	}
	return out.String()
}

// names returns the hosts of parties.
func names(all []party) []string {
	out := make([]string, len(all))
	for i, p := range all {
		out[i] = p.Site
	}
	return out
}

// each returns one affair for each site.
func each(sites []string, a affair) []affair {
	all := make([]affair, len(sites))
	for i, s := range sites {
		a.sites = []string{s}
		all[i] = a
	}
	return all
}

// among reports whether a site is one of the first n parties.
func among(n int, site string) bool { return slices.Contains(names(parties(n)), site) }

const (
	noonEN, noonDA = "briefly unavailable", "kortvarigt utilgængelig"
	whileEN        = "unavailable for a period"
	whileDA        = "utilgængelig i en periode"
)

// nights are all of them: the lines of the specification's table that concern measuring, one after the other.
var nights = slices.Concat(ownFaults, siteFaults, odd)

var ownFaults = []script{
	{
		name: "own-network-lost", about: "the only vantage loses its line for ten minutes: blindness, no incident",
		parties: parties(4), places: []place{dk1}, length: 40 * minute, found: during(15*minute, 25*minute, lost),
		extra: []row{{"t": 15*minute + 40, "vantage": "dk1", "health": "blind"}, {"t": 25*minute + 10, "vantage": "dk1", "health": "healthy"}},
		never: []string{"disrupted", "down", "recovering"},
	},
	{
		name: "one-of-three-lost", about: "one of three vantages goes blind; the others carry on",
		parties: parties(3), places: three, length: 40 * minute,
		found: func(t int, place, _ string) answer {
			if place == "de1" && t >= 15*minute && t < 25*minute {
				return lost
			}
			return good
		},
		extra: []row{{"t": 16 * minute, "vantage": "de1", "health": "blind"}, {"t": 25 * minute, "vantage": "de1", "health": "healthy"}},
		never: []string{"disrupted", "down", "recovering"},
	},
	{
		name: "stale-votes", about: "two vantages fall silent with a failure as their last word; silence is no vote",
		parties: parties(1), places: []place{dk1, dk2, de1, us1}, length: 30 * minute,
		found: func(t int, place, _ string) answer {
			switch {
			case place != "dk1" && place != "dk2" || t < 10*minute:
				return good
			case t < 11*minute:
				return bad
			default:
				return never
			}
		},
		never: []string{"disrupted", "down", "recovering"},
	},
	{
		name: "uplink-lost", about: "the uplink of one vantage is lost; of 24 sites all fail there and nowhere else",
		parties: parties(24), places: []place{dk1, dk2, de1}, length: 20 * minute,
		found: func(t int, place, _ string) answer {
			if place == "dk1" && t >= 8*minute && t < 13*minute {
				return lost
			}
			return good
		},
		never: []string{"disrupted", "down", "recovering"},
	},
	{
		name: "uplink-lost-alone", about: "the only vantage loses its uplink; its sentinels say so when asked again",
		parties: parties(24), places: []place{dk1}, length: 20 * minute, found: during(8*minute, 13*minute, lost),
		extra: []row{
			{"t": 7 * minute, "vantage": "dk1", "health": "healthy"},
			{"t": 8*minute + 10, "vantage": "dk1", "health": "blind"},
			{"t": 13 * minute, "vantage": "dk1", "health": "healthy"},
		},
		quiet: true,
	},
	{
		name: "country-attacked", about: "22 of 24 sites are flooded at once; the second network sees the same, so the votes that waited count with their first times",
		parties: parties(24), places: []place{dk1, dk2}, length: 36 * minute,
		found: func(t int, _, site string) answer {
			if among(22, site) && t >= 8*minute && t < 16*minute {
				return lost
			}
			return good
		},
		want: each(names(parties(22)), affair{began: 8 * minute, ended: 16 * minute, en: noonEN, da: noonDA}),
	},
	{
		name: "country-attacked-one-vantage", about: "22 of 24 sites are flooded; the only vantage's sentinels answer: suspected, never down",
		parties: parties(24), places: []place{dk1}, length: 36 * minute,
		found: func(t int, _, site string) answer {
			if among(22, site) && t >= 8*minute && t < 16*minute {
				return lost
			}
			return good
		},
		extra: []row{{"t": 8*minute + 5, "vantage": "dk1", "health": "healthy"}},
		want: each(names(parties(22)), affair{
			began: 8 * minute, ended: 16 * minute, en: "suspected, seen from one place", da: "mistanke om fejl, set fra ét sted",
		}),
		never: []string{"disrupted", "down"},
	},
	{
		name: "one-vantage", about: "one vantage alone: suspected, never down",
		parties: parties(1), places: []place{dk1}, length: 60 * minute, found: during(15*minute, 40*minute, bad),
		want: []affair{{
			sites: names(parties(1)), began: 15 * minute, ended: 40 * minute, en: "suspected, seen from one place",
			da: "mistanke om fejl, set fra ét sted",
		}},
		never: []string{"disrupted", "down"},
	},
	{
		name: "unchecked", about: "three vantages without sentinels agree: suspected still",
		parties: parties(1), places: three, length: 60 * minute, found: during(15*minute, 40*minute, bad),
		extra: []row{
			{"t": 0, "vantage": "dk1", "health": "unchecked"},
			{"t": 0, "vantage": "dk2", "health": "unchecked"},
			{"t": 0, "vantage": "de1", "health": "unchecked"},
		},
		want: []affair{{
			sites: names(parties(1)), began: 15 * minute, ended: 40 * minute, en: "suspected, the vantages are unchecked",
			da: "mistanke om fejl, målestederne er ikke kontrolleret",
		}},
		never: []string{"disrupted", "down"},
	},
	{
		name: "disputed", about: "two vantages disagree for a quarter of an hour: no quorum, no incident, shown as disputed",
		parties: parties(1), places: []place{dk1, de1}, length: 40 * minute,
		found: func(t int, place, _ string) answer {
			if place == "de1" && t >= 10*minute && t < 25*minute {
				return bad
			}
			return good
		},
		never: []string{"disrupted", "down", "recovering"},
	},
	{
		name: "same-network", about: "two vantages in one network agree that a site fails, the third does not: one network has one vote",
		parties: parties(1), places: []place{dk1, {"dk1b", "AS64501", "DK", 10}, de1}, length: 40 * minute,
		found: func(t int, place, _ string) answer {
			if place != "de1" && t >= 10*minute && t < 25*minute {
				return bad
			}
			return good
		},
		never: []string{"disrupted", "down", "recovering"},
	},
}

var siteFaults = []script{
	{
		name: "shared-hoster", about: "the hoster of five sites fails, a sixth elsewhere does not: one incident",
		parties: func() []party {
			all := parties(6)
			for i := range 5 {
				all[i].Provider = "Example Hosting"
			}
			return all
		}(),
		places: three, length: 60 * minute,
		found: func(t int, _, site string) answer {
			if among(5, site) && t >= 15*minute && t < 35*minute {
				return lost
			}
			return good
		},
		want: []affair{{sites: names(parties(5)), began: 15 * minute, ended: 35 * minute, en: whileEN, da: whileDA, verdict: "common"}},
	},
	{
		name: "one-at-the-hoster", about: "one of three sites at a hoster fails: it is the site, not the provider",
		parties: func() []party {
			all := parties(3)
			for i := range all {
				all[i].Provider = "Example Hosting"
			}
			return all
		}(),
		places: three, length: 45 * minute,
		found: func(t int, _, site string) answer {
			if among(1, site) && t >= 15*minute && t < 25*minute {
				return bad
			}
			return good
		},
		want: []affair{{sites: names(parties(1)), began: 15 * minute, ended: 25 * minute, en: noonEN, da: noonDA, verdict: "site"}},
	},
	{
		name: "challenge", about: "a protection product begins to ask every vantage for proof of a browser: neither up nor down",
		parties: parties(1), places: three, length: 60 * minute, found: during(15*minute, 35*minute, answer{class: "challenge"}),
		want: []affair{{
			sites: names(parties(1)), began: 15 * minute, ended: 35 * minute, en: "protected by a challenge", da: "beskyttet af en kontrolside",
		}},
		quiet: true,
	},
	{
		name: "geo-block", about: "vantages abroad are cut off, the one at home is not: the home country decides the wording",
		parties: parties(1), places: []place{dk1, de1, us1}, length: 75 * minute,
		found: func(t int, place, _ string) answer {
			if place != "dk1" && t >= 15*minute && t < 55*minute {
				return lost
			}
			return good
		},
		want: []affair{{
			sites: names(parties(1)), began: 15 * minute, ended: 55 * minute,
			en: "not reachable from abroad: reachable from Denmark; unreachable from Germany and United States",
			da: "ikke tilgængelig fra udlandet: tilgængelig fra Danmark; ikke tilgængelig fra Tyskland og USA",
		}},
		never: []string{"down"},
	},
	{
		name: "blind-at-home", about: "the site fails for everybody, while the one vantage at home is blind: the words say so",
		parties: parties(1), places: []place{dk1, de1, us1}, length: 60 * minute,
		found: func(t int, place, _ string) answer {
			switch {
			case place == "dk1" && t >= 5*minute:
				return answer{}
			case t >= 15*minute && t < 35*minute:
				return lost
			}
			return good
		},
		extra: []row{{"t": 5 * minute, "vantage": "dk1", "health": "blind"}},
		want: []affair{{
			sites: names(parties(1)), began: 15 * minute, ended: 35 * minute,
			en: "unavailable for a period; no vantage at home could see it",
			da: "utilgængelig i en periode; intet målested hjemme kunne se det",
		}},
	},
	{
		name: "down-at-home", about: "both vantages at home fail, three abroad do not: readers at home decide",
		parties: parties(1), places: []place{dk1, dk2, de1, us1, {"se1", "AS64505", "SE", 50}}, length: 60 * minute,
		found: func(t int, place, _ string) answer {
			if strings.HasPrefix(place, "dk") && t >= 15*minute && t < 35*minute {
				return lost
			}
			return good
		},
		want: []affair{{
			sites: names(parties(1)), began: 15 * minute, ended: 35 * minute,
			en: "unavailable for a period: reachable from Germany, Sweden and United States; unreachable from Denmark",
			da: "utilgængelig i en periode: tilgængelig fra Tyskland, Sverige og USA; ikke tilgængelig fra Danmark",
		}},
		never: []string{"down"},
	},
	{
		name: "other-content", about: "the site redirects to another: it answers, and a person has to look",
		parties: parties(1), places: three, length: 60 * minute, found: during(15*minute, 35*minute, answer{class: "redirect_foreign", ttfb: 90}),
		want:  []affair{{sites: names(parties(1)), began: 15 * minute, ended: 35 * minute, en: "shows other content", da: "viser andet indhold"}},
		quiet: true,
	},
	{
		name: "defaced", about: "the site answers 200 as always, with a page that is not its own: it is up, and a person has to look",
		parties: parties(1), places: three, length: 60 * minute,
		found: during(15*minute, 35*minute, answer{class: "ok", ttfb: 90, said: "wrong_content"}),
		want:  []affair{{sites: names(parties(1)), began: 15 * minute, ended: 35 * minute, en: "shows other content", da: "viser andet indhold"}},
		quiet: true,
	},
	{
		name: "partly", about: "the home page comes, and the page that was agreed on with the owner does not",
		parties: parties(1), places: three, length: 60 * minute,
		found: during(15*minute, 35*minute, answer{class: "ok", ttfb: 120, said: "partial"}),
		want:  []affair{{sites: names(parties(1)), began: 15 * minute, ended: 35 * minute, en: "partly unavailable", da: "delvist utilgængelig"}},
		quiet: true,
	},
	{
		name: "certificate-expires", about: "the certificate runs out on election night and nobody renews it",
		parties: parties(1), places: three, length: 60 * minute, found: during(20*minute, 60*minute, answer{class: "tls_expired"}),
		want: []affair{{sites: names(parties(1)), began: 20 * minute, en: "down", da: "nede", state: "ongoing"}},
	},
	{
		name: "slow-only", about: "the page comes, after eight seconds",
		parties: parties(1), places: three, length: 75 * minute,
		found: func(t int, _, _ string) answer {
			if t >= 25*minute && t < 45*minute {
				return answer{class: "ok", ttfb: 8000}
			}
			return answer{class: "ok", ttfb: 100 + t%40}
		},
		want:  []affair{{sites: names(parties(1)), began: 25 * minute, ended: 45 * minute, en: "slow", da: "langsom"}},
		quiet: true,
	},
	{
		name: "flapping", about: "two minutes bad, two good, for half an hour: one incident",
		parties: parties(1), places: three, length: 70 * minute, doubt: [2]int{15 * minute, 47 * minute},
		found: func(t int, _, _ string) answer {
			if t >= 15*minute && t < 45*minute && (t-15*minute)/120%2 == 0 {
				return answer{class: "http_503"}
			}
			return good
		},
		want: []affair{{sites: names(parties(1)), began: 15 * minute, ended: 45 * minute, en: "intermittent", da: "ustabil", flaps: 7}},
	},
	{
		name: "flapping-by-the-minute", about: "bad and good by turns, a minute each: intermittent, not down",
		parties: parties(1), places: three, length: 60 * minute,
		found: func(t int, _, _ string) answer {
			if t >= 15*minute && t < 36*minute && t/minute%2 == 1 {
				return answer{class: "http_503"}
			}
			return good
		},
		want:  []affair{{sites: names(parties(1)), began: 15 * minute, ended: 36 * minute, en: "intermittent", da: "ustabil"}},
		never: []string{"down"},
	},
	{
		name: "news-site-502", about: "a newspaper shows 502 for hours",
		parties: []party{{"post.example", "DK", "192.0.2.80", "AS64620"}}, places: three, length: 240 * minute,
		found: during(30*minute, 215*minute, bad),
		want:  []affair{{sites: []string{"post.example"}, began: 30 * minute, ended: 215 * minute, en: "down", da: "nede"}},
	},
	{
		name: "claimed-no-effect", about: "a broadcaster is listed and claimed, and nothing happens to it",
		parties: []party{{"radio.example", "DK", "192.0.2.90", "AS64621"}}, places: three, length: 60 * minute,
		found: func(int, string, string) answer { return good },
		extra: []row{
			{"t": 10 * minute, "listing": row{"host": "www.radio.example", "previous_list": at(5 * minute).Format(time.RFC3339)}},
			{"t": 40 * minute, "claim": row{"target": "radio.example", "posted_at": at(39 * minute).Format(time.RFC3339), "precision": "minute", "kind": "post"}},
		},
		quiet: true,
	},
	{
		name: "flash-crowd", about: "the results come in: slow for half an hour, with single failures and one short stretch of 503",
		parties: parties(1), places: three, length: 90 * minute,
		found: func(t int, place, _ string) answer {
			switch {
			case t < 25*minute || t >= 60*minute:
				return answer{class: "ok", ttfb: 100 + t%30}
			case t >= 40*minute && t < 43*minute:
				return answer{class: "http_503"}
			case place == "dk2" && t/minute == 31:
				return answer{class: "http_503"}
			default:
				return answer{class: "ok", ttfb: 5200}
			}
		},
		want: []affair{
			{sites: names(parties(1)), began: 25 * minute, ended: 40 * minute, en: "slow", da: "langsom"},
			{sites: names(parties(1)), began: 40 * minute, ended: 43 * minute, en: noonEN, da: noonDA},
			{sites: names(parties(1)), began: 43 * minute, ended: 60 * minute, en: "slow", da: "langsom"},
		},
	},
	{
		name: "nine-of-twelve", about: "nine of twelve party sites are flooded: nine incidents, no blindness",
		parties: parties(12), places: []place{dk1, dk2}, length: 45 * minute,
		found: func(t int, _, site string) answer {
			if among(9, site) && t >= 15*minute && t < 22*minute {
				return answer{class: "http_timeout"}
			}
			return good
		},
		want: each(names(parties(9)), affair{began: 15 * minute, ended: 22 * minute, en: noonEN, da: noonDA, verdict: "unclear"}),
	},
}

var odd = []script{
	{
		name: "clock-skew", about: "the clock of one vantage is three minutes slow, and its rows come in the order in which they were made",
		parties: parties(1), places: three, length: 75 * minute, found: during(20*minute, 50*minute, bad),
		clock: func(t int, place string) int {
			if place == "de1" {
				return t - 180
			}
			return t
		},
		want: []affair{{sites: names(parties(1)), began: 20 * minute, ended: 50 * minute, en: whileEN, da: whileDA}},
	},
	{
		name: "clock-skew-known", about: "the clock of one vantage is three minutes fast, and it says so",
		parties: parties(1), places: []place{dk1, de1}, length: 75 * minute, found: during(20*minute, 50*minute, bad),
		clock: func(t int, place string) int {
			if place == "de1" && t > 0 {
				return t + 180
			}
			return t
		},
		extra: []row{{"t": 0, "vantage": "de1", "health": "healthy", "clock_offset_ms": 180000}},
		want:  []affair{{sites: names(parties(1)), began: 20 * minute, ended: 50 * minute, en: whileEN, da: whileDA}},
	},
	{
		name: "maintenance", about: "a declared window covers a failure; the same failure after it does not hide",
		parties: parties(1), places: three, length: 75 * minute,
		found: func(t int, _, _ string) answer {
			if t >= 12*minute && t < 18*minute || t >= 40*minute && t < 50*minute {
				return answer{class: "http_503"}
			}
			return good
		},
		extra: []row{{"t": 5 * minute, "maintenance": row{"site": "party01.example", "from": at(10 * minute).Format(time.RFC3339), "until": at(20 * minute).Format(time.RFC3339)}}},
		want:  []affair{{sites: names(parties(1)), began: 40 * minute, ended: 50 * minute, en: noonEN, da: noonDA}},
	},
	{
		name: "campaign", about: "a list names the site, so a failure 20 minutes after the first continues the same incident",
		parties: parties(1), places: three, length: 90 * minute,
		found: func(t int, _, _ string) answer {
			if t >= 12*minute && t < 18*minute || t >= 38*minute && t < 44*minute {
				return bad
			}
			return good
		},
		extra: []row{{"t": 10 * minute, "listing": row{"host": "party01.example", "previous_list": "2025-11-16"}}},
		want:  []affair{{sites: names(parties(1)), began: 12 * minute, ended: 44 * minute, en: noonEN, da: noonDA, flaps: 1}},
	},
	{
		name: "no-campaign", about: "without a list, the same failures are two incidents",
		parties: parties(1), places: three, length: 75 * minute,
		found: func(t int, _, _ string) answer {
			if t >= 12*minute && t < 18*minute || t >= 38*minute && t < 44*minute {
				return bad
			}
			return good
		},
		want: []affair{
			{sites: names(parties(1)), began: 12 * minute, ended: 18 * minute, en: noonEN, da: noonDA},
			{sites: names(parties(1)), began: 38 * minute, ended: 44 * minute, en: noonEN, da: noonDA},
		},
	},
	{
		name: "silence", about: "nobody measures for an hour in the middle of a failure: no statement, and an interval that says so",
		parties: parties(1), places: three, length: 150 * minute,
		found: func(t int, _, _ string) answer {
			switch {
			case t >= 25*minute && t < 85*minute:
				return never
			case t >= 15*minute && t < 25*minute:
				return bad
			default:
				return good
			}
		},
		want: []affair{{sites: names(parties(1)), began: 15 * minute, ended: 60 * minute, en: whileEN, da: whileDA}},
	},
	{
		name: "rounds-missing", about: "a third of all probes is never made, and rounds are 15 s apart while there is doubt",
		parties: parties(1), places: three, length: 75 * minute, doubt: [2]int{20 * minute, 30 * minute},
		found: func(t int, place, _ string) answer {
			switch {
			case (t/15+len(place)+int(place[0])+int(place[2]))%3 == 0:
				return never
			case t >= 20*minute && t < 45*minute:
				return bad
			default:
				return good
			}
		},
		want: []affair{{sites: names(parties(1)), began: 20 * minute, ended: 45 * minute, en: whileEN, da: whileDA}},
	},
	{
		name: "already-failing", about: "the site fails when the watch begins: nothing is known from before",
		parties: parties(1), places: three, length: 50 * minute, found: during(0, 20*minute, bad),
		want: []affair{{sites: names(parties(1)), ended: 20 * minute, en: whileEN, da: whileDA, unbounded: true}},
	},
	{
		name: "inside", about: "a vantage in the site's own network gets the page while nobody else does: it tells the cause and does not vote",
		parties: []party{{"post.example", "DK", "192.0.2.80", "AS64620"}},
		places:  []place{dk1, de1, {"own", "192.0.2.0/24", "DK", 10}}, length: 60 * minute,
		found: func(t int, place, _ string) answer {
			if place != "own" && t >= 15*minute && t < 35*minute {
				return lost
			}
			return good
		},
		want: []affair{{sites: []string{"post.example"}, began: 15 * minute, ended: 35 * minute, en: whileEN, da: whileDA}},
	},
}
