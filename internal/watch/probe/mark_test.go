package probe

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// shows answers with a status, fields ("Name: value") and a body.
func shows(status int, body string, fields ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		for _, f := range fields {
			name, value, _ := strings.Cut(f, ": ")
			w.Header().Add(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<!doctype html><title>Example</title>"+body)
	}
}

func marked(name string, class Class, h http.HandlerFunc) failing {
	phase := PhaseBody
	if class == OK {
		phase = PhaseDone
	}
	return failing{name, class, phase, func(b *bed) (Target, func(*Options)) { return at(b.web(h)) }}
}

// markedPages is an answer of every product that the table knows by its class.
var markedPages = []failing{
	marked("Cloudflare challenge", Challenge, shows(403, "Just a moment...", "Cf-Mitigated: challenge", "Server: cloudflare")),
	marked("Cloudflare challenge with another status", Challenge, shows(503, "Just a moment...", "Cf-Mitigated: Challenge")),
	marked("AWS WAF challenge", Challenge, shows(202, "<script></script>", "X-Amzn-Waf-Action: challenge")),
	marked("AWS WAF challenge, CAPTCHA", Challenge, shows(405, "<script></script>", "X-Amzn-Waf-Action: captcha")),
	marked("DataDome challenge", Challenge, shows(403, "<script></script>", "X-DataDome: protected", "X-DD-B: 1")),
	marked("Anubis challenge", Challenge, shows(200, "Making sure", "Set-Cookie: techaro.lol-anubis-cookie-verification=0194; Path=/")),
	marked("Cloudflare block", EdgeBlock, shows(403, "<h1>Error 1020</h1>Access denied", "Server: cloudflare", "Cf-Ray: 8a-CPH")),
	marked("Cloudflare block, in a line", EdgeBlock, shows(403, "error code: 1009", "Server: cloudflare", "Cf-Ray: 8a-CPH")),
	marked("Cloudflare block, by rate", EdgeBlock, shows(429, "Error 1015: You are being rate limited", "Server: cloudflare", "Cf-Ray: 8a-CPH")),
	marked("Akamai block", EdgeBlock, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(403)
		_, _ = io.WriteString(w, "<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY>Reference&#32;&#35;18&#46;2d351ab8&#46;1557333295&#46;a4e16ab</BODY></HTML>")
	}),
	marked("Azure Front Door block", EdgeBlock, shows(403, "<h2>The request is blocked.</h2>", "X-Azure-Ref: 0zxV")),
	marked("F5 WAF block", EdgeBlock, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Please consult with your "+
			"administrator.<br><br>Your support ID is: 123</body></html>")
	}),
	marked("Fastly Next-Gen WAF block", EdgeBlock, shows(406, "Not Acceptable", "X-Served-By: cache-cph1")),
	marked("Cloudflare waiting room", OverloadPage, shows(200, `<h2 id="time-remaining">`, "Set-Cookie: __cfwaitingroom=abc; Path=/")),
	marked("Cloudflare waiting room, named by its owner", OverloadPage, shows(202, "Wait", "Set-Cookie: __cfwaitingroom_shop=abc")),
}

func TestMarks(t *testing.T) {
	for _, f := range markedPages {
		t.Run(f.name, f.test)
	}
	for _, m := range marks {
		if u, err := url.Parse(m.docs); err != nil || u.Scheme != "https" {
			t.Errorf("%s cites %q", m.product, m.docs)
		}
		tested := m.class == Unknown // those are tested below
		for _, f := range markedPages {
			tested = tested || strings.HasPrefix(f.name, m.product)
		}
		if !tested {
			t.Errorf("%s is not tested", m.product)
		}
	}
}

// TestNoMarks holds that pages which only look like it are classified by their status.
func TestNoMarks(t *testing.T) {
	article := "<p>The page said: Just a moment... Error 1020: Access denied. The request is blocked. cf-mitigated: challenge, x-amzn-waf-action: captcha, " +
		"X-DD-B: 1, techaro.lol-anubis-cookie-verification, Reference #18.2d351ab8.1557333295.a4e16ab, Request Rejected. Your support ID is: 123, Incapsula incident ID, Making sure you're not a bot!" +
		`<pre>&lt;h2 id="time-remaining"&gt; __cfwaitingroom</pre><code id="time-remaining">`
	for _, f := range []failing{
		marked("an article that quotes them all", OK, shows(200, article)),
		marked("the same behind Cloudflare", OK, shows(200, article, "Server: cloudflare", "Cf-Ray: 8a-CPH", "Set-Cookie: __cf_bm=1")),
		marked("the same behind Azure", OK, shows(200, article, "X-Azure-Ref: 0zxV")),
		marked("the same behind DataDome", OK, shows(200, article, "X-DataDome: protected", "X-DD-B: 1")),
		answered("the same as a 403 of the site's own", HTTP4xx, shows(403, article)),
		answered("the same as a 503 of the site's own", HTTP503, shows(503, article)),
		answered("a plain 403", HTTP4xx, shows(403, "Forbidden")),
		answered("a plain 403 behind Cloudflare", HTTP4xx, shows(403, "Forbidden", "Server: cloudflare", "Cf-Ray: 8a-CPH")),
		answered("a plain 429", OverloadPage, shows(429, "Too Many Requests")),
		answered("a plain 503", HTTP503, shows(503, "Service Unavailable")),
		answered("a plain 405", HTTP4xx, shows(405, "Method Not Allowed")),
		answered("a plain 406", HTTP4xx, shows(406, "Not Acceptable")),
		answered("a plain 403 of DataDome's customer", HTTP4xx, shows(403, "Forbidden", "X-DataDome: protected")),
		answered("Cloudflare without its origin", HTTP5xx, shows(522, "Error 522", "Server: cloudflare", "Cf-Ray: 8a-CPH")),
		answered("Cloudflare without the origin's name", HTTP5xx, shows(530, "Error 1016: Origin DNS error", "Server: cloudflare", "Cf-Ray: 8a-CPH")),
		marked("let in from a Cloudflare waiting room", OK, shows(200, "News", "Set-Cookie: __cfwaitingroom=abc; Path=/")),
		marked("202 of the site's own", OK, shows(202, "Accepted", "X-Amzn-Waf-Action: allow")),
		marked("passed by Anubis", OK, shows(200, "News", "Set-Cookie: techaro.lol-anubis-auth=abc")),
	} {
		t.Run(f.name, f.test)
	}
}

func TestMaintenance(t *testing.T) {
	const wordpress = "Briefly unavailable for scheduled maintenance. Check back in a minute."
	for _, tt := range []struct {
		name  string
		h     http.HandlerFunc
		class Class
		want  []Assessment
	}{
		{"WordPress", shows(503, wordpress, "Retry-After: 600"), OverloadPage, []Assessment{Maintenance}},
		{"Drupal", shows(503, "Example is currently under maintenance. We should be back shortly. Thank you for your patience."), HTTP503, []Assessment{Maintenance}},
		{"an article", shows(200, wordpress), OK, nil},
		{"a plain 503", shows(503, "maintenance"), HTTP503, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBed(t)
			r := b.prober(nil).Probe(t.Context(), Target{URL: b.web(tt.h)})
			if r.Class != tt.class || fmt.Sprint(r.Assessment) != fmt.Sprint(tt.want) {
				t.Errorf("got %v %v, want %v %v", r.Class, r.Assessment, tt.class, tt.want)
			}
		})
	}
}
