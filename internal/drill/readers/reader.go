package readers

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/seawall-project/seawall/internal/drill/loopback"
	"github.com/seawall-project/seawall/internal/drill/paper"
	"github.com/seawall-project/seawall/internal/drill/work"
)

// reader is one visit under way.
type reader struct {
	options   *Options
	ledger    *ledger
	visit     Visit
	base      string // scheme and host of every URL
	cookies   *jar
	dialer    *loopback.Dialer
	transport *http.Transport
}

func newReader(ctx context.Context, o *Options, l *ledger, v Visit) *reader {
	r := &reader{options: o, ledger: l, visit: v, base: "http://" + o.ServerName, cookies: newJar()}
	r.dialer = loopback.NewDialer(ctx, o.Network, o.Target)
	r.transport = &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return r.dialer.Dial(ctx, v.Source)
		},
		DisableCompression: true, // bodies are compared as they come
		MaxConnsPerHost:    6,
	}
	if o.Roots != nil {
		r.base = "https://" + o.ServerName
		r.transport.TLSClientConfig = &tls.Config{
			RootCAs:            o.Roots,
			ServerName:         serverName(o),
			ClientSessionCache: tls.NewLRUClientSessionCache(2),
		}
		r.transport.ForceAttemptHTTP2 = v.Agent == Browser
	}
	return r
}

// serverName returns the name that the certificate must have: a name, or the address without its port.
func serverName(o *Options) string {
	if o.ServerName == o.Target.String() {
		return o.Target.Addr().String()
	}
	return o.ServerName
}

// read clicks at every view's time and returns when the last click has come to something.
func (r *reader) read(ctx context.Context, begun time.Time) {
	var wg sync.WaitGroup
	defer wg.Wait()
	before := ""
	for _, v := range r.visit.Views {
		at := begun.Add(v.At)
		if !waitUntil(ctx, at) {
			return
		}
		r.options.Late(max(time.Since(at), 0))
		referer := before
		wg.Go(func() { r.click(ctx, at, v, referer) })
		before = r.base + v.Target
	}
}

// close ends the visit: its connections are closed and the last dial has returned.
func (r *reader) close() {
	r.transport.CloseIdleConnections()
	r.dialer.Close()
}

// click opens one view and enters what came of it.
func (r *reader) click(ctx context.Context, at time.Time, v View, referer string) {
	patient, cancel := context.WithDeadline(ctx, at.Add(Patience))
	defer cancel()
	f := r.open(patient, v, referer)
	took := time.Since(at)
	if f == nil && took > Patience {
		f = &failure{Timeout, context.DeadlineExceeded}
	}
	if ctx.Err() != nil {
		return
	}
	r.ledger.enter(v.Kind, took, f)
}

// open fetches what v asks for and everything on it.
func (r *reader) open(ctx context.Context, v View, referer string) *failure {
	p := r.options.Paper
	switch v.Kind {
	case work.Search:
		return r.fetch(ctx, r.navigation(v, referer), p.Search(wordOf(v.Target)))
	case work.Form:
		r.cookies.remember(r.visit.Cookie)
		return r.fetch(ctx, r.navigation(v, referer), p.Form(v.Target, []byte(v.Body)))
	}
	doc, ok := p.Page(v.Target)
	if !ok {
		return &failure{WrongBytes, errors.New("no such page in the paper")}
	}
	if f := r.fetch(ctx, r.navigation(v, referer), doc.Body); f != nil {
		return f
	}
	return r.furnish(ctx, v, doc)
}

// furnish fetches the assets of doc, all at once, and returns the first failure in the order of the page.
func (r *reader) furnish(ctx context.Context, v View, doc paper.Doc) *failure {
	links := doc.Assets[:min(v.Assets, len(doc.Assets))]
	failures := make([]*failure, len(links))
	var wg sync.WaitGroup
	for i, link := range links {
		if r.visit.NoScript && isScript(link) {
			continue
		}
		wg.Go(func() {
			asset, _ := r.options.Paper.Asset(link)
			failures[i] = r.fetch(ctx, r.subresource(link, r.base+v.Target), asset.Body)
		})
	}
	wg.Wait()
	for _, f := range failures {
		if f != nil {
			return f
		}
	}
	return nil
}
