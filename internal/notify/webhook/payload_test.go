package webhook

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/notify/notifytest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// notices are of every shape that the document has.
func notices() map[string]notify.Notice {
	down := notifytest.Sample()
	over := notifytest.Sample()
	over.Kind, over.Until = notify.Closed, notify.Interval{Earliest: over.At, Latest: over.At.Add(time.Minute)}
	over.At = over.At.Add(16 * time.Minute)
	over.Language, over.Words = seawall.Danish, notify.Text{English: "briefly unavailable", Danish: "kortvarigt utilgængelig"}
	two := notifytest.Sample()
	two.Sites = append(two.Sites, notify.Site{Name: "town.example"})
	two.Repeat = 2
	fewer := notifytest.Sample()
	fewer.Sites[0].Kind, fewer.Update = notify.Down, true
	fewer.Sites = append(fewer.Sites, notify.Site{Name: "town.example", Kind: notify.Recovering})
	digest := notifytest.Sample()
	digest.Kind, digest.Key, digest.Failing, digest.Back = notify.Digest, "digest-20261126T071200.000Z", 1900, 100
	listing := notifytest.Sample()
	listing.Kind, listing.Key, listing.Since = notify.Listing, "list 20261126 www.example.org", notify.Interval{}
	listing.Label = "TLP:AMBER+STRICT"
	return map[string]notify.Notice{"down": down, "closed": over, "reminder_two_sites": two, "update_one_back": fewer, "digest": digest, "listing": listing}
}

func TestGolden(t *testing.T) {
	for name, n := range notices() {
		got, err := json.MarshalIndent(payload(&n, "https://lookout.example.org/"), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		path := "testdata/" + name + ".json"
		if *update {
			if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.TrimSpace(strings.ReplaceAll(string(want), "\r\n", "\n")), string(got)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

// TestFormatPage: the page about the format shows what is sent.
func TestFormatPage(t *testing.T) {
	page, err := os.ReadFile("../../../docs/formats/webhook.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("testdata/down.json")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.ReplaceAll(string(page), "\r\n", "\n"), "```json\n"+strings.ReplaceAll(string(example), "\r\n", "\n")+"```") {
		t.Error("docs/formats/webhook.md does not show testdata/down.json")
	}
	for _, name := range []string{
		"SiteDisturbed", "SiteListed", "ManySitesFail", "SeawallTest", "SeawallHeartbeat",
		"start_earliest", "start_latest", "end_earliest", "end_latest", "message_id", "sites_failing", "sites_back", "reminder", "answer", "words", "kind",
		"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature", "truncatedAlerts",
	} {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("the page does not name %s", name)
		}
	}
}

// TestFingerprintStays: the first message of an incident and its last are about the same alert, whatever else changed.
func TestFingerprintStays(t *testing.T) {
	first, last := notifytest.Sample(), notifytest.Sample()
	last.Kind, last.Language, last.Words, last.At = notify.Recovering, seawall.Danish, notify.Text{}, last.At.Add(time.Hour)
	a, b := payload(&first, ""), payload(&last, "")
	if a.Alerts[0].Fingerprint != b.Alerts[0].Fingerprint || a.GroupKey != b.GroupKey || a.Status != "firing" || b.Status != "resolved" {
		t.Errorf("got %+v and %+v", a, b)
	}
	if !a.Alerts[0].EndsAt.IsZero() || !b.Alerts[0].EndsAt.Equal(last.At) || !a.Alerts[0].StartsAt.Equal(b.Alerts[0].StartsAt) {
		t.Errorf("got times %+v and %+v", a.Alerts[0], b.Alerts[0])
	}
	other := notifytest.Sample()
	other.Sites[0].Name = "town.example"
	if c := payload(&other, ""); c.Alerts[0].Fingerprint == a.Alerts[0].Fingerprint {
		t.Error("another site has the same fingerprint")
	}
}

func TestManySites(t *testing.T) {
	n := notifytest.Sample()
	for range 250 {
		n.Sites = append(n.Sites, notify.Site{Name: "town.example"})
	}
	g := payload(&n, "")
	if len(g.Alerts) != maxAlerts || g.TruncatedAlerts != 251-maxAlerts {
		t.Errorf("got %d alerts and %d cut", len(g.Alerts), g.TruncatedAlerts)
	}
	doc, err := json.Marshal(g)
	if err != nil || len(doc) > 512<<10 {
		t.Errorf("got %d bytes, %v", len(doc), err)
	}
}

// TestHead: what goes out besides the document, checked with the example's numbers and an independent HMAC (openssl dgst -sha256 -hmac).
func TestHead(t *testing.T) {
	web := notifytest.NewWeb(t)
	w, err := New(Config{URL: notify.NewSecret(web.URL()), Token: notify.NewSecret("bearer"), Key: notify.NewSecret("signing-key")}, web.Caller(t))
	if err != nil {
		t.Fatal(err)
	}
	w.now = func() time.Time { return time.Unix(1_795_676_400, 0) }
	n := notifytest.Sample()
	if _, err := w.Notify(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	got := web.Got()[0]
	want := map[string]string{
		"Content-Type": "application/json", "Authorization": "Bearer bearer", "Webhook-Id": n.ID, "Webhook-Timestamp": "1795676400",
		"Webhook-Signature": "v1," + Sign(notify.NewSecret("signing-key"), n.ID, "1795676400", []byte(got.Body)),
	}
	for name, value := range want {
		if got.Header.Get(name) != value {
			t.Errorf("%s: got %q, want %q", name, got.Header.Get(name), value)
		}
	}
	if got, want := Sign(notify.NewSecret("signing-key"), "id-1", "1795676400", []byte(`{"a":1}`)), "yTIsjxFIkFaYAB0x4USkrD2VRzYxzkmxq9xPkUHWpgk="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNewRefuses(t *testing.T) {
	caller := notifytest.NewWeb(t).Caller(t)
	for _, url := range []string{"", "hooks.example.org", "ftp://hooks.example.org/secret", "https://user:secret@hooks.example.org/", "https:///secret", "http://%zz/secret"} {
		if _, err := New(Config{URL: notify.NewSecret(url)}, caller); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", url, err)
		}
	}
}
