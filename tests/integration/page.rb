# As page.c, on Ruby's fcgi: does what the X-Test-* headers ask for and shows its SESSION_* params. Listens on fd 0.
require 'digest'
require 'fcgi'

FCGI.each do |request|
  env, out = request.env, request.out
  body = request.in.read.to_s # before the answer begins: see page.c
  sleep env['HTTP_X_TEST_WAIT'].to_f
  out << "Status: #{env['HTTP_X_TEST_STATUS'] || 200}\r\nContent-Type: text/plain\r\n"
  env['HTTP_X_TEST_SAY'].to_s.split('|').each { |directive| out << "X-Session-#{directive}\r\n" }
  out << "\r\n"
  if env['REQUEST_METHOD'] == 'POST'
    out << "#{body.bytesize} #{Digest::SHA256.hexdigest(body)}\n"
  elsif env['HTTP_X_TEST_BYTES']
    out << 'x' * env['HTTP_X_TEST_BYTES'].to_i
  else
    env.each { |name, value| out << "#{name}=#{value}\n" if name.start_with?('SESSION_') }
  end
  request.finish
end
