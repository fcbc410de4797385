package webhook

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/seawall-project/seawall/internal/notify"
)

// Limits of what is sent.
const (
	maxAlerts = 100  // the rest is counted in truncatedAlerts
	maxText   = 4000 // bytes of a description
)

type labels map[string]string

// group is the whole document.
type group struct {
	Version           string  `json:"version"`
	GroupKey          string  `json:"groupKey"`
	TruncatedAlerts   int     `json:"truncatedAlerts"`
	Status            string  `json:"status"`
	Receiver          string  `json:"receiver"`
	GroupLabels       labels  `json:"groupLabels"`
	CommonLabels      labels  `json:"commonLabels"`
	CommonAnnotations labels  `json:"commonAnnotations"`
	ExternalURL       string  `json:"externalURL"`
	Alerts            []alert `json:"alerts"`
}

// alert is one site's.
type alert struct {
	Status       string    `json:"status"`
	Labels       labels    `json:"labels"`
	Annotations  labels    `json:"annotations"`
	StartsAt     time.Time `json:"startsAt"`
	EndsAt       time.Time `json:"endsAt"` // the zero time, 0001-01-01T00:00:00Z, while it lasts
	GeneratorURL string    `json:"generatorURL"`
	Fingerprint  string    `json:"fingerprint"`
}

// alertName returns the value of alertname. Labels say which alert it is and so stay the same from its first message to its last; what changes
// is in the annotations.
func alertName(k notify.Kind) string {
	switch k {
	case notify.Listing:
		return "SiteListed"
	case notify.Digest:
		return "ManySitesFail"
	case notify.Test:
		return "SeawallTest"
	case notify.Heartbeat:
		return "SeawallHeartbeat"
	case notify.LedgerHead:
		return "SeawallLedgerHead"
	case notify.FeedSilent:
		return "SeawallFeedSilent"
	case notify.KindNone, notify.Slow, notify.Suspected, notify.Disrupted, notify.Down, notify.Recovering, notify.Closed:
	}
	return "SiteDisturbed"
}

// status returns the document's, and its alerts'.
func status(n *notify.Notice) string {
	if n.Kind.Ends() || n.Kind == notify.Digest && n.Failing == 0 {
		return "resolved"
	}
	return "firing"
}

func payload(n *notify.Notice, external string) group {
	common := labels{"alertname": alertName(n.Kind), "incident": n.Key}
	g := group{
		Version:           "4",
		GroupKey:          fmt.Sprintf("{}:{alertname=%q, incident=%q}", common["alertname"], n.Key),
		Status:            status(n),
		Receiver:          n.Receiver,
		GroupLabels:       common,
		CommonLabels:      maps.Clone(common),
		CommonAnnotations: annotations(n),
		ExternalURL:       external,
	}
	sites := n.Sites
	if n.Kind == notify.Digest || len(sites) == 0 {
		sites = []notify.Site{{}} // one alert for all of them
	}
	if len(sites) == 1 && sites[0].Name != "" {
		g.CommonLabels["site"] = sites[0].Name
	}
	g.TruncatedAlerts = max(0, len(sites)-maxAlerts)
	for _, s := range sites[:min(len(sites), maxAlerts)] {
		own := g.Status
		if s.Kind.Ends() { // others of the incident still fail
			own = "resolved"
		}
		g.Alerts = append(g.Alerts, newAlert(n, s, own, common))
	}
	return g
}

func newAlert(n *notify.Notice, s notify.Site, status string, common labels) alert {
	a := alert{
		Status: status, Labels: maps.Clone(common), Annotations: annotations(n),
		StartsAt: firstTime(n.Since.Earliest, n.Since.Latest, n.At).UTC(),
	}
	if s.Name != "" {
		a.Labels["site"] = s.Name
	}
	if status == "resolved" {
		a.EndsAt = firstTime(n.Until.Latest, n.At).UTC()
	}
	if len(n.Links) > 0 {
		a.GeneratorURL = n.Links[0]
	}
	a.Fingerprint = fingerprint(a.Labels)
	return a
}

func annotations(n *notify.Notice) labels {
	a := labels{
		"summary":     n.Subject(),
		"description": n.Text(maxText),
		"kind":        n.Kind.String(),
		"message_id":  n.ID,
	}
	for name, text := range map[string]string{
		"words":          n.Words.In(n.Language),
		"answer":         n.Answer.In(n.Language),
		"ledger_head":    n.Head,
		"tlp":            n.Label,
		"start_earliest": stamp(n.Since.Earliest), "start_latest": stamp(n.Since.Latest),
		"end_earliest": stamp(n.Until.Earliest), "end_latest": stamp(n.Until.Latest),
	} {
		if text != "" {
			a[name] = text
		}
	}
	if n.Repeat > 0 {
		a["reminder"] = strconv.Itoa(n.Repeat)
	}
	if n.Update {
		a["update"] = "true"
	}
	if n.Kind == notify.Digest {
		a["sites_failing"], a["sites_back"] = strconv.Itoa(n.Failing), strconv.Itoa(n.Back)
	}
	return a
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// firstTime returns the first time that is known.
func firstTime(times ...time.Time) time.Time {
	i := slices.IndexFunc(times, func(t time.Time) bool { return !t.IsZero() })
	if i < 0 {
		return time.Time{}
	}
	return times[i]
}

// fingerprint returns 16 hexadecimal digits that are the same for the same labels.
func fingerprint(l labels) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(l)) {
		fmt.Fprintf(h, "%q=%q,", name, l[name])
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
