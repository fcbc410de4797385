package answer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/seawall-project/seawall"
)

// problem is a problem document (RFC 9457, section 3.1) and its extension members; request_id is added as the last.
type problem struct {
	Type        string `json:"type"`
	Title       string `json:"title"`
	Status      int    `json:"status"`
	Detail      string `json:"detail"`
	Site        string `json:"site,omitempty"`
	Situation   string `json:"situation"`
	SafeToRetry bool   `json:"safe_to_retry"` // false when the request may have been carried out
}

func problemPage(site *seawall.Site, l seawall.Language, s Situation, f fate) (Page, error) {
	w := &wordings[l]
	body, err := json.Marshal(problem{
		Type:        "about:blank",
		Title:       http.StatusText(s.status()),
		Status:      s.status(),
		Detail:      sentences(w.what[s], w.fate[f], w.when[s]),
		Site:        site.Name,
		Situation:   s.String(),
		SafeToRetry: f != fateUnknown,
	})
	if err != nil {
		return Page{}, fmt.Errorf("encode: %w", err)
	}
	p := Page{
		Status:      s.status(),
		ContentType: "application/problem+json",
		before:      append(bytes.TrimSuffix(body, []byte("}")), `,"request_id":"`...),
		after:       []byte("\"}\n"),
		numbered:    true,
		retry:       s.retry(),
	}
	p.Fields = p.noteFields(l, noContent)
	return p, p.check()
}

func sentences(parts ...string) string {
	var said []string
	for _, s := range parts {
		if s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, " ")
}
