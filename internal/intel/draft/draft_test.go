package draft

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

var since = time.Date(2025, 11, 17, 6, 0, 0, 0, time.UTC)

func get(path string, query ...string) seawall.Template {
	t := seawall.Template{Vector: seawall.VectorHTTP, Method: "GET", Path: path}
	for _, name := range query {
		t.Query = append(t.Query, seawall.Param{Name: name, Class: seawall.ClassToken})
	}
	return t
}

func post(path string) seawall.Template {
	return seawall.Template{Vector: seawall.VectorHTTP2, Method: "POST", Path: path, Form: "urlencoded"}
}

func TestMake(t *testing.T) {
	templates := []seawall.Template{
		get("/search", "q"), get("/search", "q"), post("/login"), get("/"), get("/news/{number}"),
		{Vector: seawall.VectorTCP, Port: 443},
		{Vector: seawall.VectorLoris, Method: "GET", Path: "/"},
		get("/a/b/c/d/e/f/g/h/i"), // more segments than a rule has
	}
	drafts := Make("www.example.org", seawall.Provenance{Feed: "orders"}, since, templates)
	if len(drafts) != 2 {
		t.Fatalf("got %d drafts, want one, and one for the front page", len(drafts))
	}
	d := drafts[0]
	var got []string
	for i := range d.Set.Rules {
		got = append(got, keyOf(&d.Set.Rules[i]))
	}
	if diff := cmp.Diff([]string{"GET /search?q", "GET /news/{number}?", "POST /login?"}, got); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if d.Covers != 4 || d.Left != 1 || drafts[1].Covers != 1 || drafts[1].Left != 0 {
		t.Errorf("covers %d, left %d; front: %d, %d", d.Covers, d.Left, drafts[1].Covers, drafts[1].Left)
	}
	for i := range drafts {
		if err := drafts[i].Set.Check(); err != nil {
			t.Error(err)
		}
		if got := drafts[i].Set.Until.Sub(since); got != 48*time.Hour {
			t.Errorf("in force for %v", got)
		}
	}
	if got := Make("www.example.org", seawall.Provenance{}, since, templates[5:7]); got != nil {
		t.Errorf("without requests: got %v", got)
	}
}

func TestMakeIsTheSameInAnyOrder(t *testing.T) {
	var templates []seawall.Template
	for i := range 200 {
		templates = append(templates, get(fmt.Sprintf("/f%d/x%d", i%7, i)), post(fmt.Sprintf("/p%d", i%20)))
	}
	want := Make("www.example.org", seawall.Provenance{}, since, templates)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		rng.Shuffle(len(templates), func(i, j int) { templates[i], templates[j] = templates[j], templates[i] })
		if diff := cmp.Diff(want, Make("www.example.org", seawall.Provenance{}, since, templates)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

// TestEveryPageOfASite is a list that names every page of a site: few rules come of it, they cover it, and a person is asked.
func TestEveryPageOfASite(t *testing.T) {
	var templates []seawall.Template
	for i := range 30_000 {
		templates = append(templates, get(fmt.Sprintf("/%c/page-%d", 'a'+i%20, i)))
	}
	drafts := Make("www.example.org", seawall.Provenance{}, since, templates)
	if len(drafts) != 1 || len(drafts[0].Set.Rules) != 20 || drafts[0].Covers != MaxTemplates || drafts[0].Left != 10_000 {
		t.Fatalf("got %d drafts, %d rules, covers %d, left %d", len(drafts), len(drafts[0].Set.Rules), drafts[0].Covers, drafts[0].Left)
	}
	for i := range templates[:MaxTemplates] {
		if !Covered(drafts[0].Set.Rules, &templates[i]) {
			t.Fatalf("%s is not covered", templates[i].Path)
		}
	}
	if got := drafts[0].Judge(Traffic{900, 1000}, true); got != WaitsTraffic {
		t.Errorf("got %q", got)
	}
}

// TestMoreThanThereIsRoomFor keeps what is asked for most.
func TestMoreThanThereIsRoomFor(t *testing.T) {
	var templates []seawall.Template
	for i := range 100 {
		templates = append(templates, slices.Repeat([]seawall.Template{get(fmt.Sprintf("/f%d/x", i), "q")}, 1+i)...)
	}
	d := Make("www.example.org", seawall.Provenance{}, since, templates)[0]
	if len(d.Set.Rules) != seawall.MaxRules || d.Set.Rules[0].Path != "/f99/x" || d.Left != 36*37/2 || d.Covers+d.Left != len(templates) {
		t.Errorf("got %d rules, first %q, covers %d, left %d", len(d.Set.Rules), d.Set.Rules[0].Path, d.Covers, d.Left)
	}
}

func TestJudge(t *testing.T) {
	some := Make("www.example.org", seawall.Provenance{}, since, []seawall.Template{get("/search", "q"), get("/")})
	for _, tt := range []struct {
		d    Draft
		t    Traffic
		auto bool
		want Waits
	}{
		{some[0], Traffic{10, 1000}, true, WaitsNot},
		{some[0], Traffic{10, 1000}, false, WaitsOwner},
		{some[0], Traffic{11, 1000}, true, WaitsTraffic},
		{some[0], Traffic{0, 299}, true, WaitsUnknown},
		{some[0], Traffic{0, 300}, true, WaitsNot},
		{some[1], Traffic{0, 1000}, true, WaitsFront},
	} {
		if got := tt.d.Judge(tt.t, tt.auto); got != tt.want {
			t.Errorf("%+v, auto %v: got %q, want %q", tt.t, tt.auto, got, tt.want)
		}
	}
}
