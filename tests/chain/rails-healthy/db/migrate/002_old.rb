class Old < ActiveRecord::Migration[4.2]
end
