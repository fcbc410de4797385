package jetstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/seawall-project/seawall/internal/bus"
)

// Options say how a [Server] is started.
type Options struct {
	// Dir is the folder in which messages are kept. It is made if it is not there, for its owner alone. Required.
	Dir string
	// Listen is the address and port for agents, such as "192.0.2.1:4222"; port 0 picks a free one. "" opens no port.
	Listen string
	// Certificate returns what the server shows in a handshake. Required with Listen.
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// Vantages may connect.
	Vantages []Vantage
	Limits   bus.Limits
	// Log is told of trouble; nil: nobody is.
	Log *slog.Logger
}

// Vantage is who may connect from outside.
type Vantage struct {
	Name      string
	PublicKey string // an nkey of a user: "U" and 55 more letters and digits
}

// Limits of the server that nobody has asked to change.
const (
	maxVantages    = 64
	maxConnections = 256
	maxSubs        = 64       // of one connection
	maxPending     = 16 << 20 // bytes that a connection may be behind before it is closed
	startTimeout   = 10 * time.Second
	pingInterval   = 20 * time.Second
	pingsOut       = 2
	syncInterval   = 5 * time.Second
)

// Server is NATS in this process. It is safe for concurrent use.
type Server struct {
	options Options
	tls     *tls.Config
	log     *logger
	nats    *server.Server
	seed    []byte // of the lookout's own key, which lives as long as the server
	public  string

	closeAll func()

	mu   sync.Mutex        // orders SetVantages, and guards what follows
	keys map[string]string // by vantage
}

// Start starts a server and makes the stream in which it keeps messages. It returns when agents may connect.
func Start(ctx context.Context, o Options) (*Server, error) {
	s, err := start(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("start bus in %s: %w", o.Dir, err)
	}
	return s, nil
}

func start(ctx context.Context, o Options) (*Server, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	s := &Server{options: o, log: &logger{log: o.Log}}
	if o.Listen != "" {
		s.tls = &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: o.Certificate}
	}
	if err := s.ownKey(); err != nil {
		return nil, err
	}
	settings, err := s.settings(o.Vantages)
	if err != nil {
		return nil, err
	}
	if s.nats, err = server.NewServer(settings); err != nil {
		return nil, err
	}
	s.closeAll = sync.OnceFunc(func() {
		s.nats.Shutdown()
		s.nats.WaitForShutdown()
	})
	s.nats.SetLoggerV2(s.log, false, false, false)
	s.nats.Start()
	if err := s.prepare(ctx); err != nil {
		s.closeAll()
		return nil, err
	}
	return s, nil
}

func (o *Options) check() error {
	if o.Dir == "" {
		return errors.New("no folder is given")
	}
	if o.Listen != "" && o.Certificate == nil {
		return errors.New("a port for agents needs a certificate")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return err
	}
	return o.Limits.Settle()
}

// ownKey makes the key by which the lookout itself connects.
func (s *Server) ownKey() error {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return err
	}
	if s.seed, err = pair.Seed(); err != nil {
		return err
	}
	s.public, err = pair.PublicKey()
	return err
}

// settings returns what NATS is to be, for these vantages.
func (s *Server) settings(vantages []Vantage) (*server.Options, error) {
	users, err := s.users(vantages)
	if err != nil {
		return nil, err
	}
	s.keys = make(map[string]string, len(vantages))
	for _, v := range vantages {
		s.keys[v.Name] = v.PublicKey
	}
	o := &server.Options{
		ServerName: "seawall", NoSigs: true, NoLog: true, DontListen: s.options.Listen == "",
		MaxConn: maxConnections, MaxSubs: maxSubs, MaxPayload: bus.MaxTold, MaxPending: maxPending, MaxControlLine: 1024,
		PingInterval: pingInterval, MaxPingsOut: pingsOut, WriteDeadline: 10 * time.Second,
		Nkeys: users, AuthTimeout: 5, TLSTimeout: 5,
		JetStream: true, StoreDir: s.options.Dir, SyncInterval: syncInterval, DisableJetStreamBanner: true,
		// The stream's own limit is what holds; the server's leaves room for what it writes beside messages.
		JetStreamMaxStore: 2*s.options.Limits.Bytes + 64<<20, JetStreamMaxMemory: 16 << 20,
		TLSConfig: s.tls, TLS: s.tls != nil,
	}
	if s.options.Listen == "" {
		return o, nil
	}
	host, port, err := net.SplitHostPort(s.options.Listen)
	if err != nil {
		return nil, err
	}
	if o.Port, err = strconv.Atoi(port); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", s.options.Listen, err)
	}
	if o.Port == 0 {
		o.Port = server.RANDOM_PORT
	}
	o.Host = host
	return o, nil
}

// prepare waits for the server, and makes the stream.
func (s *Server) prepare(ctx context.Context) error {
	if err := s.ready(); err != nil {
		return err
	}
	c, err := s.Connect()
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.stream(ctx)
	return err
}

// ready waits until the server takes connections, or has said why it does not.
func (s *Server) ready() error {
	for until := time.Now().Add(startTimeout); ; {
		ready := s.nats.ReadyForConnections(startTimeout / 50)
		if err := s.log.fatal(); err != nil || ready {
			return err
		}
		if time.Now().After(until) {
			return fmt.Errorf("not ready after %v", startTimeout)
		}
	}
}

// Connect returns a connection of the lookout, in memory. It may do everything.
func (s *Server) Connect() (*Conn, error) {
	return connect(ConnectOptions{Name: "lookout", Seed: s.seed, Limits: s.options.Limits, Log: s.options.Log}, true, nats.InProcessServer(s.nats))
}

// Addr returns where agents connect to; nil without a port.
func (s *Server) Addr() net.Addr {
	if s.options.Listen == "" {
		return nil
	}
	return s.nats.Addr()
}

// SetVantages replaces who may connect. Those who may no longer, or only with another key, are disconnected; nobody else is.
func (s *Server) SetVantages(vantages []Vantage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	settings, err := s.settings(vantages)
	if err != nil {
		return fmt.Errorf("vantages of the bus: %w", err)
	}
	if err := s.nats.ReloadOptions(settings); err != nil {
		return fmt.Errorf("vantages of the bus: %w", err)
	}
	return nil
}

// Stats are the gauges and counters of a server.
type Stats struct {
	Connections, MaxConnections int
	Trouble                     int64 // what went wrong with connections, failed handshakes and refused subjects among it, since the start
}

// Stats returns the present ones.
func (s *Server) Stats() Stats {
	return Stats{Connections: s.nats.NumClients(), MaxConnections: maxConnections, Trouble: s.log.trouble.Load()}
}

// Close ends every connection and the server. What is kept stays in its folder. It may be called twice.
func (s *Server) Close() error {
	s.closeAll()
	return nil
}

// Remote returns the address from which a vantage is connected, as this machine sees it; the zero address when it is not connected, or the server has
// no port.
func (s *Server) Remote(vantage string) netip.Addr {
	s.mu.Lock()
	key := s.keys[vantage]
	s.mu.Unlock()
	if key == "" {
		return netip.Addr{}
	}
	list, err := s.nats.Connz(&server.ConnzOptions{Username: true, User: key, Limit: 1})
	if err != nil || len(list.Conns) == 0 {
		return netip.Addr{}
	}
	at, _ := netip.ParseAddr(list.Conns[0].IP)
	return at
}
