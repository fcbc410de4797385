package replay

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

const (
	first = `{"sites":[{"site":"party.example","home":"dk","address":"192.0.2.10"}],"vantages":[{"name":"a","network":"AS64501"},{"name":"b","network":64502}]}`
	fine  = `{"t":"2025-11-17T20:00:00Z","vantage":"a","site":"party.example","class":"ok","ttfb_ms":80}`
)

// TestWrong holds what a person is told of a file that is wrong: the line, and what it is.
func TestWrong(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"empty", "", "line 1: empty"},
		{"empty lines", "\n\n  \n", "line 1: empty"},
		{"no json", "sites", "line 1: not JSON"},
		{"no sites", `{"vantages":[{"name":"a"}]}`, "line 1: the first line names sites and vantages"},
		{"no vantages", `{"sites":[{"site":"party.example"}]}`, "line 1: the first line names sites and vantages"},
		{"site twice", `{"sites":[{"site":"a.example"},{"site":"A.example."}],"vantages":[{"name":"a"}]}`, `site "a.example": names are unique`},
		{"vantage without a name", `{"sites":[{"site":"a.example"}],"vantages":[{}]}`, `vantage ""`},
		{"sites of another type", `{"sites":"a.example","vantages":[]}`, "line 1: sites: got string"},
		{"row without json", first + "\n" + fine + "\n\nnight", "line 4: not JSON"},
		{"cut off", first + "\n" + fine[:40], "line 2: not JSON"},
		{"two on a line", first + "\n" + fine + fine, "line 2: not JSON"},
		{"no time", first + "\n" + `{"vantage":"a","site":"party.example","class":"ok"}`, "line 2: no t"},
		{"time of another kind", first + "\n" + `{"t":1763409600,"vantage":"a","site":"party.example","class":"ok"}`, "line 2: time 1763409600: want RFC 3339"},
		{"time without a zone", first + "\n" + `{"t":"2025-11-17 20:00:00","class":"ok"}`, `line 2: time "2025-11-17 20:00:00": want RFC 3339`},
		{"time of nobody", first + "\n" + `{"t":"0001-01-01T00:00:00Z","class":"ok"}`, "line 2: time"},
		{"no class of ours", first + "\n" + strings.Replace(fine, `"ok"`, `"broken"`, 1), `line 2: no class is called "broken"`},
		{"class without a vantage", first + "\n" + `{"t":"2025-11-17T20:00:00Z","site":"party.example","class":"ok"}`, "line 2: a class needs a vantage and a site"},
		{"neither class nor health", first + "\n" + `{"t":"2025-11-17T20:00:00Z","vantage":"a"}`, "line 2: want one of class"},
		{"both", first + "\n" + `{"t":"2025-11-17T20:00:00Z","vantage":"a","site":"party.example","class":"ok","health":"blind"}`, "line 2: want one of class"},
		{"health of nobody", first + "\n" + `{"t":"2025-11-17T20:00:00Z","health":"blind"}`, "line 2: health needs a vantage"},
		{"health of a number", first + "\n" + `{"t":"2025-11-17T20:00:00Z","vantage":"a","health":1}`, "line 2: health 1: want a word or an object"},
		{"health of nothing", first + "\n" + `{"t":"2025-11-17T20:00:00Z","vantage":"a","health":{}}`, "line 2: health {}: want a state or sentinels"},
		{"listing of nobody", first + "\n" + `{"t":"2025-11-17T20:00:00Z","listing":{}}`, "line 2: a listing needs a host"},
		{"claim of nothing", first + "\n" + `{"t":"2025-11-17T20:00:00Z","claim":{"kind":"post"}}`, "line 2: a claim needs a target"},
		{"window without an end", first + "\n" + `{"t":"2025-11-17T20:00:00Z","maintenance":{"site":"party.example"}}`, "line 2: a maintenance window"},
		{"slow beyond belief", first + "\n" + strings.Replace(fine, "80", "8e9", 1), "line 2: ttfb_ms 8e+09"},
		{"time to the first byte in words", first + "\n" + strings.Replace(fine, "80", `"80"`, 1), "line 2: ttfb_ms: got string"},
		{"a long line", first + "\n" + `{"t":"` + strings.Repeat("x", maxLine+1), "line 2: longer than 1048576 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Run(strings.NewReader(tt.file))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want it to say %q", err, tt.want)
			}
			if err != nil && len(err.Error()) > 300 {
				t.Errorf("got an error of %d bytes", len(err.Error()))
			}
		})
	}
}

// TestLenient holds what may be missing, strange or in another order.
func TestLenient(t *testing.T) {
	tests := []struct {
		name, file string
		notes      []string
	}{
		{"no rows", first, nil},
		{"a byte order mark, CRLF and empty lines", "\ufeff" + first + "\r\n\r\n" + fine + "\r\n \n", nil},
		{"unknown keys", strings.Replace(first, "{", `{"night":1,`, 1) + "\n" + strings.Replace(fine, "{", `{"x":{"y":[]},`, 1), nil},
		{"nothing in optional places", first + "\n" + `{"t":"2025-11-17T21:00:00+01:00","vantage":"a","site":"PARTY.example.","class":"ok","ttfb_ms":null,"health":null,"assessment":null}`, nil},
		{"a negative time to the first byte", first + "\n" + strings.Replace(fine, "80", "-1", 1), nil},
		{"words for health", first + "\n" + healthRow(`"OK"`) + healthRow(`"offline"`) + healthRow(`{"state":"no-network"}`) + healthRow(`{"health":"blind"}`), nil},
		{"a strange word for health", first + "\n" + healthRow(`"queasy"`), []string{`line 2: health "queasy" is not known; taken as impaired`}},
		{"strangers", first + "\n" + strings.Replace(fine, "party", "other", 1) + "\n" + strings.Replace(fine, `"a"`, `"z"`, 1) + "\n" + strings.Replace(healthRow(`"ok"`), `"a"`, `"z"`, 1), []string{
			`line 2: site "other.example" is not in the first line; skipped`, `line 3: vantage "z" is not in the first line; skipped`,
			`line 4: vantage "z" is not in the first line; skipped`,
		}},
		{"a row of another kind", first + "\n" + `{"t":"2025-11-17T20:00:00Z","weather":"rain"}`, []string{"line 2: a row of no kind that is known; skipped"}},
		{"a list without a time", first + "\n" + `{"t":"2025-11-17T20:00:00Z","listing":{"host":"party.example","previous_list":"the one before"}}`, nil},
		{"a vantage without a network", `{"sites":[{"site":"https://party.example:443/front"}],"vantages":[{"name":"a"}]}` + "\n" + fine, []string{
			"vantage a has no network; it is taken to have one of its own",
		}},
		{"addresses of all kinds", `{"sites":[{"site":"party.example","address":["192.0.2.1","2001:db8::/32","edge.example.net"]}],"vantages":[{"name":"a","network":"AS64501","address":"x"}]}` + "\n" + fine, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Run(strings.NewReader(tt.file))
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(got.Notes) != fmt.Sprint(tt.notes) {
				t.Errorf("got notes %q, want %q", got.Notes, tt.notes)
			}
			if strings.Contains(tt.file, `"class":"ok"`) && tt.name != "strangers" && len(got.Transitions) != 1 {
				t.Errorf("got %d transitions, want the one to up", len(got.Transitions))
			}
		})
	}
}

func healthRow(health string) string {
	return `{"t":"2025-11-17T20:00:00Z","vantage":"a","health":` + health + "}\n"
}

// TestOutputIsWhatWasPromised holds the names in the output that docs/formats/replay.md gives, and that lists are never null.
func TestOutputIsWhatWasPromised(t *testing.T) {
	var file strings.Builder
	file.WriteString(first + "\n")
	at := time.Date(2025, 11, 17, 20, 0, 0, 0, time.UTC)
	for i := range 40 {
		class := "ok"
		if i >= 5 && i < 15 {
			class = "http_502"
		}
		for _, v := range []string{"a", "b"} {
			fmt.Fprintf(&file, `{"t":%q,"vantage":%q,"site":"party.example","class":%q}`+"\n", at.Add(time.Duration(i)*time.Minute).Format(time.RFC3339), v, class)
		}
	}
	timeline, err := Run(strings.NewReader(file.String()))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(timeline)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "[]null") || strings.Contains(string(raw), `s":null`) {
		t.Errorf("a list is null in %s", raw)
	}
	var got struct {
		Transitions []struct {
			T, Site, From, To string
			Because           []struct{ T, Vantage, Site, Class string }
		}
		Incidents []struct {
			Sites      []string
			Start, End struct{ Earliest, Latest string }
			Words      struct{ En, Da string }
		}
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Incidents) != 1 {
		t.Fatalf("got %d incidents, want 1", len(got.Incidents))
	}
	i := got.Incidents[0]
	want := "[party.example] 2025-11-17T20:04:00Z 2025-11-17T20:05:00Z 2025-11-17T20:14:00Z 2025-11-17T20:15:00Z briefly unavailable kortvarigt utilgængelig"
	said := strings.Join([]string{fmt.Sprint(i.Sites), i.Start.Earliest, i.Start.Latest, i.End.Earliest, i.End.Latest, i.Words.En, i.Words.Da}, " ")
	if said != want {
		t.Errorf("got %s, want %s", said, want)
	}
	var states []string
	for _, x := range got.Transitions {
		states = append(states, x.To)
		if len(x.Because) == 0 || x.Because[0].Vantage == "" || x.Because[0].Class == "" || x.Because[0].T == "" || x.Site != "party.example" || x.T == "" {
			t.Errorf("got %+v, want a site, a time and probes", x)
		}
	}
	if s := strings.Join(states, " "); s != "up suspect disrupted down recovering closed up" {
		t.Errorf("got states %s", s)
	}
}

// FuzzRun looks for files that make reading fail in another way than with a line's number, or a timeline that cannot be written.
func FuzzRun(f *testing.F) {
	f.Add(first + "\n" + fine)
	f.Add(first + "\n" + healthRow(`{"sentinels":[{"name":"x","network":"AS1","ok":false}],"resolver":false,"clock_offset_ms":-4e5}`) + fine)
	f.Add(first + "\n" + strings.Repeat(strings.Replace(fine, `"ok"`, `"tcp_timeout"`, 1)+"\n", 3) + `{"t":"8999-12-31T23:59:59Z","listing":{"host":"party.example"}}`)
	f.Add(first + "\n" + `{"t":"2025-11-17T20:00:00Z","maintenance":{"site":"party.example","until":"2025-11-17T21:00:00Z"}}` + "\n" + fine)
	f.Add(first + "\n" + `{"t":"1970-01-01T00:00:00Z","claim":{"target":"x","posted_at":"2025-11-17T20:00:00Z","precision":3}}`)
	f.Fuzz(func(t *testing.T, file string) {
		timeline, err := Run(strings.NewReader(file))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Errorf("got %v, want the number of a line", err)
			}
			return
		}
		if _, err := json.Marshal(timeline); err != nil {
			t.Error(err)
		}
		var text strings.Builder
		if err := timeline.WriteText(&text); err != nil {
			t.Error(err)
		}
	})
}
