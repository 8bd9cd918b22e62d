revision = 'c1'
print 'x'
