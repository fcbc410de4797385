package app

import (
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"testing"
)

// TestEarlyHints has the origin say something before it answers.
func TestEarlyHints(t *testing.T) {
	authority := newAuthority(t)
	url := serveOn(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
		say("page")(w, r)
	})
	a := start(t, Options{Config: oneSite(t, url, "internal"), Authority: authority})
	for _, proto := range protocols {
		var got string
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			Got1xxResponse: func(status int, header textproto.MIMEHeader) error {
				got = http.StatusText(status) + " " + header.Get("Link")
				return nil
			},
		})
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://www.example.org/"+proto, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := reader(t, proto, to(a.Addrs()[0]), authority).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if want := "Early Hints </style.css>; rel=preload"; got != want || resp.StatusCode != http.StatusOK || resp.Header.Get("Link") != "" {
			t.Errorf("%s: got %q before %d, want %q before 200", proto, got, resp.StatusCode, want)
		}
	}
}
