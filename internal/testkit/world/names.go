package world

import (
	"net"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

// serveDNS answers questions until ln is closed. They come over connections of a stream, whatever the network is called.
func (w *World) serveDNS(ln net.Listener) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		w.serving.Go(func() { w.answer(conn) })
	}
}

// answer answers the questions on one connection.
func (w *World) answer(conn net.Conn) {
	defer func() { _ = conn.Close() }() // whoever asked has the answer
	line := &dns.Conn{Conn: conn}
	for {
		q, err := line.ReadMsg()
		if err != nil {
			return
		}
		from, err := netip.ParseAddrPort(conn.RemoteAddr().String())
		if err != nil {
			return
		}
		pause(w.t.Context(), w.latency(from.Addr().String(), "resolver"))
		if err := line.WriteMsg(w.reply(from.Addr().String(), q)); err != nil {
			return
		}
	}
}

// reply is what DNS says to somebody.
func (w *World) reply(from string, q *dns.Msg) *dns.Msg {
	m := new(dns.Msg).SetReply(q)
	if len(q.Question) != 1 {
		return m.SetRcode(q, dns.RcodeFormatError)
	}
	asked := q.Question[0]
	name := strings.ToLower(strings.TrimSuffix(asked.Name, "."))
	w.mu.Lock()
	addrs, known := w.names[name]
	w.mu.Unlock()
	switch {
	case name == "":
		m.Answer = append(m.Answer, &dns.NS{Hdr: header(asked), Ns: "a.root.example."})
	case !known:
		return m.SetRcode(q, dns.RcodeNameError)
	case w.what(from, name) == NoName:
		return m.SetRcode(q, dns.RcodeServerFailure)
	}
	for _, a := range addrs {
		switch {
		case a.Is4() && asked.Qtype == dns.TypeA:
			m.Answer = append(m.Answer, &dns.A{Hdr: header(asked), A: a.AsSlice()})
		case a.Is6() && asked.Qtype == dns.TypeAAAA:
			m.Answer = append(m.Answer, &dns.AAAA{Hdr: header(asked), AAAA: a.AsSlice()})
		}
	}
	return m
}

func header(asked dns.Question) dns.RR_Header {
	return dns.RR_Header{Name: asked.Name, Rrtype: asked.Qtype, Class: dns.ClassINET, Ttl: 60}
}
