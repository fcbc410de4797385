// Loaded before the suite's server, which else would listen on every address of the machine.
import http from 'node:http'

const listen = http.Server.prototype.listen
http.Server.prototype.listen = function (port) { return listen.call(this, port, '127.0.0.1') }
