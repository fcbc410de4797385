package main

import (
	"fmt"
	"strings"
)

// frame is what both servers of nginx have in common: one process without a log, with room for the connections.
const frame = `daemon off;
master_process off;
worker_rlimit_nofile 65536;
pid %[1]s/%[2]s.pid;
error_log stderr crit;
events { worker_connections 30000; }
http {
	access_log off;
	keepalive_requests 1000000000;
	keepalive_timeout 600s;
	client_body_temp_path %[1]s/%[2]s-body;
	proxy_temp_path %[1]s/%[2]s-proxy;
	fastcgi_temp_path %[1]s/%[2]s-fastcgi;
	uwsgi_temp_path %[1]s/%[2]s-uwsgi;
	scgi_temp_path %[1]s/%[2]s-scgi;
	%[3]s
}
`

// originConf is an origin whose page may not be kept, beside one that may: files of pageBytes each.
func originConf(dir string, port int) []byte {
	server := fmt.Sprintf(`server {
		listen 127.0.0.1:%d;
		default_type text/html;
		root %s;
		etag off;
		location /page { add_header Cache-Control no-store; }
		location /kept { add_header Cache-Control max-age=3600; }
	}`, port, dir)
	return fmt.Appendf(nil, frame, dir, "origin", server)
}

// nginxConf has nginx do what Seawall does: forward over kept connections, and keep what may be kept in memory.
func nginxConf(dir string, origin int, doors []*door) []byte {
	var listen strings.Builder
	for _, w := range doors {
		fmt.Fprintf(&listen, "listen 127.0.0.1:%d", w.port)
		if w.tls {
			listen.WriteString(" ssl")
		}
		if w.h2 {
			listen.WriteString(" http2")
		}
		listen.WriteString(";\n\t\t")
	}
	rest := fmt.Sprintf(`
	proxy_cache_path /dev/shm/%[1]s levels=1:2 keys_zone=pages:16m max_size=64m use_temp_path=off;
	ssl_certificate %[2]s/cert.pem;
	ssl_certificate_key %[2]s/key.pem;
	ssl_session_cache shared:tls:8m;
	upstream origin { server 127.0.0.1:%[3]d; keepalive 128; keepalive_requests 1000000000; }
	server {
		%[4]s
		http2_max_concurrent_streams 128;
		proxy_http_version 1.1;
		proxy_set_header Connection "";
		proxy_set_header Host $host;
		proxy_set_header X-Forwarded-For $remote_addr;
		location /page { proxy_pass http://origin; }
		location /kept { proxy_pass http://origin; proxy_cache pages; proxy_cache_lock on; }
	}`, strings.TrimPrefix(strings.ReplaceAll(dir, "/", "-"), "-"), dir, origin, listen.String())
	return fmt.Appendf(nil, frame, dir, "nginx", rest)
}

func seawallConf(origin, port int, tls string) []byte {
	return fmt.Appendf(nil, `
version: 1
listen: 127.0.0.1:%d
admin: off
control: off
access_log: {to: off}
sites:
  - name: %s
    origin: http://127.0.0.1:%d
    tls: %s
`, port, site, origin, tls)
}
