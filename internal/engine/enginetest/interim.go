package enginetest

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/engine"
)

// testInterim sends answers before the answer.
func testInterim(t *testing.T, newEngine Maker) {
	h := &handler{serve: func(_ context.Context, x *gateway.Exchange) {
		out := x.Out.(gateway.InterimWriter)
		for _, status := range []int{100, 101, 200} {
			if out.Interim(status, nil) == nil {
				t.Errorf("%d was taken for an interim answer", status)
			}
		}
		for _, link := range []string{"</a.css>", "</b.css>"} {
			if err := out.Interim(103, seawall.Fields{{Name: "Link", Value: link}}); err != nil {
				t.Errorf("interim: %v", err)
			}
		}
		answerText(x, 200, "ok")
		if out.Interim(103, nil) == nil {
			t.Error("an interim answer after the answer")
		}
	}}
	check := func(t *testing.T, c *http.Client, url string) {
		t.Helper()
		var got []string
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			Got1xxResponse: func(status int, header textproto.MIMEHeader) error {
				got = append(got, http.StatusText(status)+" "+header.Get("Link"))
				return nil
			},
		})
		resp, err := c.Do(request(t, "GET", url, nil).WithContext(ctx))
		if err != nil {
			t.Fatal(err)
		}
		if reply, err := readReply(resp); reply.body != "ok" || err != nil || reply.header.Get("Link") != "" {
			t.Errorf("got %q with Link %q, %v", reply.body, reply.header.Get("Link"), err)
		}
		if diff := cmp.Diff([]string{"Early Hints </a.css>", "Early Hints </b.css>"}, got); diff != "" {
			t.Error(diff)
		}
	}
	forEachProto(t, func(t *testing.T, p proto) {
		inMemory(t, func(t *testing.T, n network) {
			s := newStage(t, newEngine, n, h, Setup{})
			check(t, s.client(p), p.url("/"))
		})
	})
	t.Run("h3", func(t *testing.T) {
		s := newQUICStage(t, newEngine, h, engine.Limits{})
		check(t, s.client(), s.url("/"))
	})
	t.Run("HTTP/1.0", func(t *testing.T) {
		inMemory(t, func(t *testing.T, n network) {
			s := newStage(t, newEngine, n, h, Setup{})
			c := s.dial(s.plain)
			send(t, c, "GET / HTTP/1.0\r\nHost: example.org\r\n\r\n")
			if got := status(t, bufio.NewReader(c)); got != 200 {
				t.Errorf("status %d first, want 200 alone", got)
			}
		})
	})
}
