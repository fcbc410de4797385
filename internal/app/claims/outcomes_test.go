package claims_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/testkit/require"
)

// row is a line of outcomes.csv.
type row map[string]string

func outcomes(t *testing.T) []row {
	t.Helper()
	f, err := os.Open(filepath.Join(require.Data(t), "claims", "outcomes.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := csv.NewReader(f)
	lines.LazyQuotes = true
	all, err := lines.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, line := range all[1:] {
		r := make(row)
		for i, name := range all[0] {
			r[name] = line[i]
		}
		rows = append(rows, r)
	}
	return rows
}

// targets returns invented names for those of a row.
func (r row) targets() []string {
	var out []string
	for i := range strings.Split(r["target"], ";") {
		out = append(out, fmt.Sprintf("target%d.example", i))
	}
	if strings.Contains(r["target"], "and five more") {
		for i := range 5 {
			out = append(out, fmt.Sprintf("target%d.example", i+1))
		}
	}
	return out
}

var tops = map[string]string{".dk": "DK", ".uk": "GB", ".no": "NO", "Italian": "IT", "federal": "CH", "portal": "CH", "party": "DK"}

func (r row) home() string {
	for part, home := range tops {
		if strings.Contains(r["target"], part) {
			return home
		}
	}
	return "DK"
}

// zone is that of the row's own times.
func (r row) zone() *time.Location {
	for _, column := range []string{"listed_first", "script"} {
		if m := regexp.MustCompile(`([+-]\d\d):00`).FindStringSubmatch(r[column]); m != nil {
			hours, _ := strconv.Atoi(m[1])
			return time.FixedZone("", hours*3600)
		}
	}
	return time.FixedZone("", 3600)
}

func (r row) day() time.Time {
	text := r["date"]
	if len(text) == len("2023-02") {
		text += "-10"
	}
	d, _ := time.ParseInLocation(time.DateOnly, text, r.zone())
	return d
}

// stretch says what each of some vantages finds for a while.
type stretch struct {
	from, to time.Time
	class    func(vantage string, minute int) string
}

func (s stretch) at(t time.Time) bool { return !t.Before(s.from) && t.Before(s.to) }

func all(class string) func(string, int) string {
	return func(string, int) string { return class }
}

var (
	reFromTo   = regexp.MustCompile(`^(\w+) (?:from )?(\d\d:\d\d)(?: to next day |-)(\d\d:\d\d)`)
	reMinutes  = regexp.MustCompile(`^(\w+) (\d+) (min|h)(?: from (\d\d:\d\d))?`)
	reTwoDays  = regexp.MustCompile(`^(\w+) from (\d\d:\d\d) for two days`)
	reEvery    = regexp.MustCompile(`^bad by quorum (\d+) of every (\d+) rounds for 3 h`)
	reAbroad   = regexp.MustCompile(`^ok from IT, (\w+) from four other countries`)
	reChalleng = regexp.MustCompile(`^challenge at all vantages 3 h`)
)

// read turns a script into stretches; what lies in none is ok. watched is the time in which anybody looks.
func (r row) read(t *testing.T) (all3 []stretch, watched stretch) {
	t.Helper()
	script, day := r["script"], r.day()
	clock := func(text string) time.Time {
		c, err := time.Parse("15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		return day.Add(time.Duration(c.Hour())*time.Hour + time.Duration(c.Minute())*time.Minute)
	}
	begin := day.Add(10 * time.Hour)
	if listed, ok := stamp(r["listed_first"]); ok {
		begin = listed.Add(15 * time.Minute)
	}
	watched = stretch{from: day.Add(-24 * time.Hour), to: day.Add(36 * time.Hour)}
	switch {
	case script == "ok":
	case script == "not watched":
		watched.to = watched.from
	case strings.HasPrefix(script, "ok 09:50-10:00, not watched"):
		watched.from, watched.to = clock("09:50"), clock("10:00")
	case reFromTo.MatchString(script):
		m := reFromTo.FindStringSubmatch(script)
		to := clock(m[3])
		if strings.Contains(script, "to next day") {
			to = to.Add(24 * time.Hour)
		}
		all3 = append(all3, stretch{clock(m[2]), to, all(m[1])})
	case reTwoDays.MatchString(script):
		m := reTwoDays.FindStringSubmatch(script)
		all3 = append(all3, stretch{clock(m[2]), clock(m[2]).Add(48 * time.Hour), all(m[1])})
		watched.to = day.Add(80 * time.Hour)
	case script == "one bad round by quorum":
		all3 = append(all3, stretch{begin, begin.Add(time.Minute), func(v string, _ int) string {
			return map[string]string{"fra": "ok"}[v] + map[string]string{"home": "http_503", "ams": "http_503"}[v]
		}})
	case strings.HasPrefix(script, "slow 3 h, 1 bad vote"):
		all3 = append(all3, stretch{begin, begin.Add(3 * time.Hour), func(v string, minute int) string {
			if v == "fra" && minute == 60 {
				return "http_503"
			}
			return "slow"
		}})
	case reEvery.MatchString(script):
		m := reEvery.FindStringSubmatch(script)
		bad, of := number(t, m[1]), number(t, m[2])
		all3 = append(all3, stretch{begin, begin.Add(3 * time.Hour), func(_ string, minute int) string {
			if minute%of < bad {
				return "http_503"
			}
			return "ok"
		}})
	case reChalleng.MatchString(script):
		all3 = append(all3, stretch{begin, begin.Add(3 * time.Hour), all("challenge")})
	case script == "http_502 several hours":
		all3 = append(all3, stretch{begin, begin.Add(4 * time.Hour), all("http_502")})
	case strings.HasPrefix(script, "ok at two vantages; third vantage"):
		all3 = append(all3, stretch{begin, begin.Add(time.Hour), func(v string, _ int) string {
			return map[string]string{"home": "ok", "ams": "ok", "fra": "tcp_timeout"}[v]
		}})
	case reAbroad.MatchString(script):
		class := reAbroad.FindStringSubmatch(script)[1]
		all3 = append(all3, stretch{begin, begin.Add(6 * time.Hour), func(v string, _ int) string {
			if v == "home" {
				return "ok"
			}
			return class
		}})
	case reMinutes.MatchString(script):
		m := reMinutes.FindStringSubmatch(script)
		long := time.Duration(number(t, m[2])) * time.Minute
		if m[3] == "h" {
			long *= 60
		}
		if m[4] != "" {
			begin = clock(m[4])
		}
		all3 = append(all3, stretch{begin, begin.Add(long), all(m[1])})
	default:
		t.Fatalf("the script %q is not understood", script)
	}
	return all3, watched
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func stamp(s string) (time.Time, bool) {
	t, err := time.Parse("2006-01-02T15:04Z07:00", s)
	return t, err == nil
}

// night writes a row as a replay.
func (r row) night(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	names := r.targets()
	vantages := [][3]string{{"home", "AS64501", r.home()}, {"ams", "AS64502", "NL"}, {"fra", "AS64503", "FR"}}
	if strings.Contains(r["script"], "four other countries") {
		vantages = append(vantages, [3]string{"ber", "AS64504", "DE"}, [3]string{"vie", "AS64505", "AT"})
	}
	var sites, places []string
	shared := strings.Contains(r["script"], "one shared address")
	stretches, watched := r.read(t)
	if watched.to.After(watched.from) {
		for i, n := range names {
			address := "192.0.2.1"
			if !shared {
				address = fmt.Sprintf("2001:db8:%d::1", i+1)
			}
			sites = append(sites, fmt.Sprintf(`{"site":%q,"home":%q,"address":%q}`, n, r.home(), address))
		}
	}
	sites = append(sites, `{"site":"other.example","home":"`+r.home()+`","address":"198.51.100.1"}`)
	for _, v := range vantages {
		places = append(places, fmt.Sprintf(`{"name":%q,"network":%q,"country":%q}`, v[0], v[1], v[2]))
	}
	fmt.Fprintf(&b, `{"sites":[%s],"vantages":[%s]}`+"\n", strings.Join(sites, ","), strings.Join(places, ","))
	r.told(&b, names)
	blind := strings.Contains(r["script"], "sentinels fail")
	for at := watched.from; at.Before(watched.to); at = at.Add(time.Minute) {
		when := at.UTC().Format(time.RFC3339)
		for _, v := range vantages {
			class := "ok"
			for _, s := range stretches {
				if s.at(at) {
					class = s.class(v[0], int(at.Sub(s.from)/time.Minute))
				}
			}
			ttfb := 80
			if class == "slow" {
				class, ttfb = "ok", 9000
			}
			for _, n := range names {
				fmt.Fprintf(&b, `{"t":%q,"vantage":%q,"site":%q,"class":%q,"ttfb_ms":%d}`+"\n", when, v[0], n, class, ttfb)
			}
			if !blind || class == "ok" {
				class = "ok"
			}
			fmt.Fprintf(&b, `{"t":%q,"vantage":%q,"site":"other.example","class":%q}`+"\n", when, v[0], class)
		}
		if blind && len(stretches) > 0 && at.Equal(stretches[0].from.Add(time.Minute)) {
			fmt.Fprintf(&b, `{"t":%q,"vantage":"fra","health":{"sentinels":[{"name":"x","network":"AS1","ok":false},{"name":"y","network":"AS2","ok":false},`+
				`{"name":"z","network":"AS3","ok":false}]}}`+"\n", when)
		}
	}
	return b.String()
}

// told writes what lists and people say.
func (r row) told(b *strings.Builder, names []string) {
	first, listed := stamp(r["listed_first"])
	last, ended := stamp(r["listed_last"])
	if !ended {
		last = first
	}
	for _, n := range names {
		for at := first; listed && !at.After(last); at = at.Add(5 * time.Minute) {
			fmt.Fprintf(b, `{"t":%q,"listing":{"host":%q,"previous_list":%q}}`+"\n", at.Format(time.RFC3339), n, at.Add(-25*time.Minute).Format(time.RFC3339))
		}
		if m := regexp.MustCompile(`^(\d{4}-\d\d-\d\d) \(day\)`).FindStringSubmatch(r["claimed"]); m != nil {
			day, _ := time.ParseInLocation(time.DateOnly, m[1], r.zone())
			posted := day.Format(time.RFC3339)
			proof := ""
			if strings.Contains(r["claimed"], "check-host JSON") {
				proof = `,"proof":{"it1.node.example":[[1,0.1,"OK","200",null]],"fr1.node.example":[[0,20,"Connection timed out",null,null]],` +
					`"de1.node.example":[[0,20,"Connection timed out",null,null]],"us1.node.example":[[0,20,"Connection timed out",null,null]]}`
			}
			fmt.Fprintf(b, `{"t":%q,"claim":{"target":%q,"posted_at":%q,"precision":"day","kind":"post"%s}}`+"\n", posted, n, posted, proof)
		}
	}
}

// TestOutcomes holds that what the record says of each night is what the rules say of it.
func TestOutcomes(t *testing.T) {
	for i, r := range outcomes(t) {
		t.Run(fmt.Sprintf("%02d %s", i+2, r["script"]), func(t *testing.T) {
			t.Parallel()
			got, err := claims.Replay(strings.NewReader(r.night(t)))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range r.targets() {
				var found []claims.Verdict
				for _, v := range got.Verdicts {
					if v.Target == name {
						found = append(found, v)
					}
				}
				if len(found) != 1 {
					t.Fatalf("got %d entries for %s in %+v, want 1", len(found), name, got)
				}
				r.check(t, found[0])
			}
		})
	}
}

func (r row) check(t *testing.T, v claims.Verdict) {
	t.Helper()
	if v.Verdict.String() != r["expected"] {
		t.Errorf("got %s, want %s: %+v", v.Verdict, r["expected"], v)
	}
	var findings, want []string
	for _, f := range v.Findings {
		findings = append(findings, string(f))
	}
	if r["findings"] != "" {
		want = strings.Split(r["findings"], ";")
	}
	slices.Sort(findings)
	slices.Sort(want)
	if !slices.Equal(findings, want) {
		t.Errorf("got findings %q, want %q", findings, want)
	}
	if strings.Contains(r["decides"], "confidence low") && v.Confidence.String() != "low" {
		t.Errorf("got confidence %s, want low", v.Confidence)
	}
	if m := regexp.MustCompile(`incident words "(.*)"`).FindStringSubmatch(r["decides"]); len(m) == 2 && v.Words.EN != m[1] {
		t.Errorf("got the words %q, want %q", v.Words.EN, m[1])
	}
	if strings.Contains(r["decides"], "speaks for") && !slices.Contains(v.For, "onset") {
		t.Errorf("got %q for a connection, want onset", v.For)
	}
	if strings.HasPrefix(r["decides"], "several hosts at once") && !slices.Contains(v.For, "several_hosts") {
		t.Errorf("got %q for a connection, want several_hosts", v.For)
	}
}
