package claims_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/claim"
)

const redAbroad = `{"it1.node.example":[[0,20,"Connection timed out",null,null]],"dk1.node.example":[[1,0.1,"OK","200",null]],` +
	`"nodes":{"it1.node.example":["it","Italy","Rome","192.0.2.1","AS64510"],"dk1.node.example":["dk","Denmark","Aarhus","192.0.2.2","AS64511"]}}`

// TestProofStaysWithItsClaim: what is offered as proof of one attack, or of another host, says nothing of a second.
func TestProofStaysWithItsClaim(t *testing.T) {
	proven := strings.Replace(onDay, `"kind":"post"`, `"kind":"post","proof":`+wrapped(""), 1)
	other := strings.Replace(onDay, `"kind":"post"`, `"kind":"post","proof":`+wrapped("other.example"), 1)
	second := strings.ReplaceAll(posted, "11-17", "11-18")
	out := replayed(t, scene{lines: []string{proven, second}, finds: during(0, 0, ""), length: 2880}.text())
	if len(out.Verdicts) != 2 || !slices.Contains(out.Verdicts[0].Against, claim.GeoFiltered) || slices.Contains(out.Verdicts[1].Against, claim.GeoFiltered) {
		t.Errorf("the first against %v, the second against %v", out.Verdicts[0].Against, out.Verdicts[1].Against)
	}
	out = replayed(t, scene{lines: []string{other}, finds: during(0, 0, "")}.text())
	if v := out.Verdicts[0]; slices.Contains(v.Against, claim.GeoFiltered) || out.Counts.Proofs != 1 || len(out.Notes) != 1 {
		t.Errorf("a proof of another host: against %v, %+v, notes %q", v.Against, out.Counts, out.Notes)
	}
}

func wrapped(host string) string {
	results, nodes, _ := strings.Cut(strings.TrimPrefix(redAbroad, "{"), `,"nodes":`)
	nodes = strings.TrimSuffix(nodes, "}")
	return fmt.Sprintf(`{"host":%q,"nodes":%s,"results":{%s}}`, host, nodes, results)
}

func replayed(t *testing.T, text string) *claims.Verdicts {
	t.Helper()
	out, err := claims.Replay(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestProofWithoutHome: nodes that are red wherever they stand disagree with vantages that are served.
func TestProofWithoutHome(t *testing.T) {
	red := strings.Replace(onDay, `"kind":"post"`, `"kind":"post","proof":{"it1.node.example":[[0,20,"Connection timed out",null,null]]}`, 1)
	v := judged(t, scene{sites: `{"site":"party.example"}`, lines: []string{red}, finds: during(0, 0, "")}.text())
	if v.Verdict != claim.NoEffect || !slices.Contains(v.Against, claim.ProofDisagrees) {
		t.Errorf("got %v, against %v", v.Verdict, v.Against)
	}
}

// TestHowHostsAreWritten: whichever way a site and a claim on it are written, they meet.
func TestHowHostsAreWritten(t *testing.T) {
	for _, tt := range []struct{ site, target string }{
		{"rødgrød.example", "rødgrød.example"},
		{"rødgrød.example", "xn--rdgrd-vuad.example"},
		{"xn--rdgrd-vuad.example", "https://www.Rødgrød.example/"},
		{"party.example", "https://party.example?a=1"},
		{"party.example", "party.example#top"},
		{"www.party.example", "PARTY.example.:443/x?y"},
	} {
		line := strings.Replace(posted, `"party.example"`, fmt.Sprintf("%q", tt.target), 1)
		out := replayed(t, scene{sites: fmt.Sprintf(`{"site":%q,"home":"DK"}`, tt.site), lines: []string{line}, finds: during(720, 750, "http_503")}.text())
		if len(out.Verdicts) != 1 || out.Verdicts[0].Verdict != claim.Confirmed || !out.Verdicts[0].Watched {
			t.Errorf("%s claimed as %s: %+v", tt.site, tt.target, out.Verdicts)
		}
	}
}

// TestNobodyLookedBetween: two slow minutes an hour apart, with nobody looking between, are no slow hour.
func TestNobodyLookedBetween(t *testing.T) {
	v := judged(t, scene{lines: []string{posted}, finds: func(minute int, _, _ string) string {
		switch {
		case minute == 720 || minute == 780:
			return "slow"
		case minute > 720 && minute < 780:
			return ""
		}
		return "ok"
	}}.text())
	if v.Slow.Min > 2 || v.Slow.Max < 60 || v.Verdict == claim.Degraded {
		t.Errorf("got %v, slow %+v", v.Verdict, v.Slow)
	}
}

// TestMaintenanceCountsForNothing: neither what is slow in an announced window, nor the window itself in an outage that goes on around it.
func TestMaintenanceCountsForNothing(t *testing.T) {
	window := `{"t":"2025-11-17T00:00:00Z","maintenance":{"site":"party.example","from":"2025-11-17T12:00:00Z","until":"2025-11-17T14:00:00Z"}}`
	if v := judged(t, scene{lines: []string{window, posted}, finds: during(725, 785, "slow")}.text()); v.Verdict == claim.Degraded || v.Slow.Max > 0 {
		t.Errorf("slow in maintenance: %v, %+v", v.Verdict, v.Slow)
	}
	if v := judged(t, scene{lines: []string{window, posted}, finds: during(717, 843, "http_503")}.text()); v.Bad.Max > 15 || len(v.Either) > 0 {
		t.Errorf("an outage around maintenance: %v or %v, %+v", v.Verdict, v.Either, v.Bad)
	}
}

// TestNothingSaysThatItIsOver: an outage after which nobody looks any more may have gone on.
func TestNothingSaysThatItIsOver(t *testing.T) {
	v := judged(t, scene{lines: []string{posted}, finds: func(minute int, place, _ string) string {
		switch {
		case minute >= 720 && minute < 728:
			return "http_503"
		case minute >= 728 && place != "cph":
			return ""
		}
		return "ok"
	}, length: 780}.text())
	if v.Bad.Max < 30 || v.Bad.Min > 8 {
		t.Errorf("bad %+v, %v or %v", v.Bad, v.Verdict, v.Either)
	}
}

// TestLatestAreKept: of a host that is listed for longer than is looked at, the last times are judged; a month of sightings is one listing.
func TestLatestAreKept(t *testing.T) {
	var lines []string
	for day := 1; day <= 140; day += 2 {
		at := midnight.AddDate(0, 0, day-140).Format("2006-01-02T15:04:05Z")
		lines = append(lines, fmt.Sprintf(`{"t":%q,"listing":{"host":"party.example"}}`, at))
	}
	out := replayed(t, scene{lines: lines, finds: during(0, 0, ""), length: 60}.text())
	if last := out.Verdicts[len(out.Verdicts)-1]; len(out.Verdicts) != 64 || out.Counts.Refused != 6 || !strings.HasPrefix(lines[69], `{"t":"`+last.Sources[0].First.Format("2006-01-02")) {
		t.Errorf("%d verdicts, %+v, the last on %v", len(out.Verdicts), out.Counts, last.Sources)
	}
	lines = nil
	for i := range 10_000 {
		at := midnight.AddDate(0, 0, -30).Add(time.Duration(4*i) * time.Minute)
		lines = append(lines, fmt.Sprintf(`{"t":%q,"listing":{"host":"party.example"}}`, at.Format("2006-01-02T15:04:05Z")))
	}
	if out := replayed(t, scene{lines: lines, finds: during(0, 0, ""), length: 60}.text()); len(out.Verdicts) != 1 || out.Counts.Refused != 0 || out.Counts.Lists != 10_000 {
		t.Errorf("%d verdicts, %+v", len(out.Verdicts), out.Counts)
	}
}

// TestOutsideIsLikeUnnamed: what happened when nobody spoke of a site is found alike, whether or not somebody spoke of it at another time.
func TestOutsideIsLikeUnnamed(t *testing.T) {
	s := scene{finds: func(minute int, place, _ string) string {
		if minute >= 60 && minute < 120 && place != "cph" {
			return "tcp_timeout"
		}
		return "ok"
	}}
	unnamed := replayed(t, s.text()).Verdicts[0]
	s.lines = []string{strings.ReplaceAll(posted, "12:00", "20:00")}
	outside := judged(t, s.text()).Outside
	if len(outside) != 1 || !slices.Equal(outside[0].Findings, unnamed.Findings) {
		t.Errorf("outside %+v, unnamed %v", outside, unnamed.Findings)
	}
}
