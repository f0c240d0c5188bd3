-- wrk sends as fast as it is answered; this makes each connection wait some milliseconds between two requests.
function delay()
  return 4
end
