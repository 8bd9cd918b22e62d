class AddEmailToUsers < ActiveRecord::Migration[8.0]
end
