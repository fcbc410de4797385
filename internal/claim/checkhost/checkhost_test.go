package checkhost_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/seawall-project/seawall/internal/claim/checkhost"
)

const together = `{"ok":1,"request_id":"x","permanent_link":"https://check-host.example/check-report/x","created":1679745600,
 "nodes":{"it1.node.example":["it","Italy","Milan","192.0.2.1","AS64501"],"n2.node.example":["uk","United Kingdom","London","192.0.2.2","AS64502"]},
 "results":{"it1.node.example":[[1,0.13,"OK","200","192.0.2.10"]],"n2.node.example":[[0,20.0,"Connection timed out",null,null]],
  "de4.node.example":[[0,0.1,"Forbidden","403","192.0.2.10"]],"fr1.node.example":null}}`

func TestParse(t *testing.T) {
	r, err := checkhost.Parse([]byte(together))
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, n := range r.Nodes {
		got[n.Name] = fmt.Sprint(n.Country, n.Fate, n.Status)
	}
	want := map[string]string{
		"it1.node.example": fmt.Sprint("IT", checkhost.Served, 200), "n2.node.example": fmt.Sprint("GB", checkhost.Failed, 0),
		"de4.node.example": fmt.Sprint("DE", checkhost.Refused, 403), "fr1.node.example": fmt.Sprint("FR", checkhost.Pending, 0),
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || r.At.Unix() != 1679745600 || r.Link == "" {
		t.Errorf("got %v at %v, want %v", got, r.At, want)
	}
}

func TestForms(t *testing.T) {
	for text, want := range map[string]checkhost.Fate{
		`{"dk1.node.example":[[1,0.1,"OK","200","192.0.2.1"]]}`:                                       checkhost.Served,
		`{"dk1.node.example":[[0,0.1,"Service Unavailable","503","192.0.2.1"]]}`:                      checkhost.Failed,
		`{"dk1.node.example":[[1,0.1,"Too Many Requests",429,null]]}`:                                 checkhost.Refused,
		`{"dk1.node.example":[{"address":"192.0.2.1","time":0.03}]}`:                                  checkhost.Served,
		`{"dk1.node.example":[{"error":"Connection timed out"}]}`:                                     checkhost.Failed,
		`{"dk1.node.example":[[["OK",0.04,"192.0.2.1"],["TIMEOUT",3]]]}`:                              checkhost.Served,
		`{"dk1.node.example":[[["TIMEOUT",3]]]}`:                                                      checkhost.Failed,
		`{"dk1.node.example":[]}`:                                                                     checkhost.Pending,
		`{"command":"http","created":"2023-03-25T12:00:00Z","results":{"dk1.node.example":[[null]]}}`: checkhost.Pending,
	} {
		r, err := checkhost.Parse([]byte(text))
		if err != nil || len(r.Nodes) != 1 || r.Nodes[0].Fate != want || r.Nodes[0].Country != "DK" {
			t.Errorf("%s: got %+v, error %v, want fate %d", text, r.Nodes, err, want)
		}
	}
}

func TestRefused(t *testing.T) {
	many := make([]string, checkhost.MaxNodes+1)
	for i := range many {
		many[i] = fmt.Sprintf(`"dk%d.example":null`, i)
	}
	for text, want := range map[string]error{
		`night`:                             checkhost.ErrNoReport,
		`[]`:                                checkhost.ErrNoReport,
		`{}`:                                checkhost.ErrNoReport,
		`{"error":"limit_exceeded"}`:        checkhost.ErrNoReport,
		"{" + strings.Join(many, ",") + "}": checkhost.ErrTooLarge,
		strings.Repeat(" ", checkhost.MaxBytes+1): checkhost.ErrTooLarge,
	} {
		if _, err := checkhost.Parse([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%.40s: got %v, want %v", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(together))
	f.Add([]byte(`{"dk1.node.example":[[["OK",0.04,"192.0.2.1"]]]}`))
	f.Add([]byte(`{"results":{"":[[1,2,3,4,5]],"a.b":[{"time":null}]},"nodes":{"":[1],"a.b":["d"]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := checkhost.Parse(data)
		if err != nil {
			return
		}
		if len(r.Nodes) == 0 || len(r.Nodes) > checkhost.MaxNodes {
			t.Errorf("got %d nodes", len(r.Nodes))
		}
		for _, n := range r.Nodes {
			if len(n.Name) > 100 || len(n.Message) > 100 || len(n.Country) != 0 && len(n.Country) != 2 {
				t.Errorf("got %+v", n)
			}
		}
		again(t, &r)
	})
}

// again holds that what is written of a report reads the same.
func again(t *testing.T, r *checkhost.Report) {
	t.Helper()
	b, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	second, err := checkhost.Parse(b)
	if err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	byName := func(a, b checkhost.Node) int { return strings.Compare(a.Name, b.Name) }
	slices.SortFunc(r.Nodes, byName)
	slices.SortFunc(second.Nodes, byName)
	if slices.ContainsFunc(r.Nodes[1:], func(n checkhost.Node) bool { return n.Name == r.Nodes[0].Name }) {
		return // names that were cut to one
	}
	if !reflect.DeepEqual(*r, second) {
		t.Errorf("got %+v, want %+v", second, *r)
	}
}

func TestJSON(t *testing.T) {
	for _, text := range []string{
		together,
		`{"dk1.node.example":[{"address":"192.0.2.1","time":0.03}],"xx.node.example":[[1,0.1,"Service Unavailable","503","192.0.2.1"]]}`,
		`{"command":"http","host":"party.example","created":"2023-03-25T12:00:00Z","comment":"jane@doe.example","results":{"7.example":[["OK"]]}}`,
	} {
		r, err := checkhost.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		again(t, &r)
		if b, _ := r.JSON(); strings.Contains(string(b), "doe.example") || strings.Contains(string(b), "192.0.2") {
			t.Errorf("what nobody reads is kept: %s", b)
		}
	}
}
