package webhook

import (
	"encoding/json"
	"testing"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/notify/notifytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	web := notifytest.NewWeb(t)
	w, err := New(Config{
		URL:   notify.NewSecret(web.URL() + "/hooks/path-token?key=query-token"),
		Token: notify.NewSecret("bearer-token"), Key: notify.NewSecret("signing-key"),
	}, web.Caller(t))
	if err != nil {
		t.Fatal(err)
	}
	notifytest.Run(t, notifytest.Subject{
		Notifier: w, Answer: web.Set, Read: web.Read, Limit: maxText, MaxAnswer: 128 << 10,
		Secrets: []string{"path-token", "query-token", "bearer-token", "signing-key"},
		Got: func() (texts []string) {
			for _, r := range web.Got() {
				var g group
				if err := json.Unmarshal([]byte(r.Body), &g); err != nil {
					t.Fatal(err)
				}
				texts = append(texts, g.CommonAnnotations["description"])
			}
			return texts
		},
	})
}
